"""What all bodies refuse: many unknown fields, with a short error, and NUL characters."""

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart"}


@pytest.fixture(autouse=True)
def _nothing_is_enqueued(checkpoint):
    from generation.models import Job

    yield
    assert not Job.objects.exists()


def test_a_hundred_thousand_unknown_fields_are_not_validated(owner_client):
    body = {**REQUEST, **{f"field{n}": n for n in range(100_000)}}
    error_of(owner_client.api("POST", "/jobs", body), 413, "body_too_large")


def test_nineteen_hundred_unknown_fields_do_not_come_back(owner_client):
    body = {**REQUEST, **{f"field{n}": n for n in range(1_900)}, "x" * 10_000: 1}
    response = owner_client.api("POST", "/jobs", body)
    fields = error_of(response, 422, "invalid_parameters")
    assert len(fields) <= 20
    assert len(response.content) < 20_000


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "admin/settings", {"default_checkpoint": "a\x00b"}),
        ("patch", "admin/people/{root}", {"roles": ["a\x00b"]}),
        ("post", "admin/roles", {"name": "painters", "limits": {"checkpoints": ["a\x00b"]}}),
        ("post", "admin/invitations", {"role": "a\x00b", "expires_at": "2030-01-01T00:00:00Z"}),
        ("patch", "admin/queue", {"message": "a\x00b"}),
    ],
    ids=["default checkpoint", "roles", "checkpoints of a role", "role of guests", "message of the queue"],
)
def test_null_characters_are_refused_in_every_field(as_root, root, method, path, body):
    answer = getattr(as_root, method)(f"/api/v1/{path.format(root=root.pk)}", body, content_type="application/json")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "invalid_parameters")
    assert "cannot be shown" in str(error["fields"])
