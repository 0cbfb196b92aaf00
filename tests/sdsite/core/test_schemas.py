"""The error for many unknown fields stays short."""

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
