"""Refusals of requests name the field and the range, and nothing is enqueued."""

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart"}


@pytest.fixture(autouse=True)
def _nothing_is_enqueued(checkpoint):
    from generation.models import Job

    yield
    assert not Job.objects.exists()


REFUSED = {
    "prompt of 100,000 characters": ({"prompt": "a" * 100_000}, "prompt", "10000"),
    "prompt with NUL": ({"prompt": "a\0b"}, "prompt", "NUL"),
    "prompt that is a number": ({"prompt": 7}, "prompt", "text"),
    "width 63": ({"width": 63}, "width", "64 to 2048"),
    "width 100000": ({"width": 100_000}, "width", "64 to 2048"),
    "width in text": ({"width": "wide"}, "width", "64 to 2048"),
    "width that the checkpoint cannot draw": ({"width": 512, "height": 512}, "width", "128x128"),
    "steps 0": ({"steps": 0}, "steps", "1 to 250"),
    "steps 10^9": ({"steps": 10**9}, "steps", "1 to 250"),
    "steps 1.5": ({"steps": 1.5}, "steps", "1 to 250"),
    "steps in a list": ({"steps": [1]}, "steps", "1 to 250"),
    "guidance -31": ({"guidance_scale": -31}, "guidance_scale", "-30 to 30"),
    "count 257": ({"count": 257}, "count", "1 to 256"),
    "seed beyond what JSON numbers hold": ({"seed": 2**60}, "seed", "-1 to"),
    "sampler": ({"sampler": "no such sampler"}, "sampler", "euler_a"),
    "schedule": ({"schedule": "weekly"}, "schedule", "karras"),
    "checkpoint": ({"checkpoint": "no-such-checkpoint"}, "checkpoint", "starter"),
    "output format": ({"output_format": "gif"}, "output_format", "'webp'"),
    "quality": ({"quality": 101}, "quality", "1 to 100"),
    "preview": ({"preview": {"size": 1}}, "preview.size", "64 to 1024"),
    "preview that is no object": ({"preview": 3}, "preview", "object"),
    "unknown field": ({"promt": "typo"}, "promt", "prompt"),
    "name of another program": ({"cfg_scale": 7}, "cfg_scale", "guidance_scale"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_value_is_refused_with_field_and_range(owner_client, case):
    values, field, allowed = REFUSED[case]
    requested = {**REQUEST, **values}
    code = "checkpoint_missing" if case == "checkpoint" else "invalid_parameters"
    fields = error_of(owner_client.api("POST", "/jobs", requested), 422, code)
    assert list(fields) == [field]
    assert allowed in fields[field]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("field", ["guidance_scale", "steps", "seed", "eta", "width"])
def test_infinite_numbers_are_refused_with_field_and_range(owner_client, field, number):
    fields = error_of(
        owner_client.api("POST", "/jobs", f'{{"prompt": "x", "{field}": {number}}}'), 422, "invalid_parameters"
    )
    assert list(fields) == [field]
    assert " to " in fields[field]


def test_several_bad_values_are_named_together(owner_client):
    fields = error_of(
        owner_client.api("POST", "/jobs", {"prompt": "a\0b", "width": 63, "steps": 0}), 422, "invalid_parameters"
    )
    assert set(fields) == {"prompt", "width", "steps"}


def test_a_body_that_is_too_large_is_refused(owner_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    error_of(owner_client.api("POST", "/jobs", {"prompt": "a" * 2000}), 413, "body_too_large")


@pytest.mark.parametrize("wait", ["-1", "601", "nan", "inf", "soon", "1e9"])
def test_a_wait_out_of_range_is_refused_before_anything_is_enqueued(owner_client, wait):
    fields = error_of(owner_client.api("POST", f"/jobs?wait={wait}", REQUEST), 422, "invalid_parameters")
    assert "0 to 600" in fields["wait"]


def test_an_accept_header_against_the_body_is_refused(owner_client):
    requested = {**REQUEST, "output_format": "jpeg"}
    response = owner_client.api("POST", "/jobs?wait=1", requested, headers={"Accept": "image/png"})
    assert "image/jpeg" in error_of(response, 406, "not_acceptable")["output_format"]


def test_an_idempotency_key_that_is_too_long_is_refused(owner_client):
    response = owner_client.api("POST", "/jobs", REQUEST, headers={"Idempotency-Key": "x" * 201})
    assert "200" in error_of(response, 422, "invalid_parameters")["Idempotency-Key"]


def test_no_checkpoint_at_all_is_said_plainly(owner_client, checkpoint):
    checkpoint.enabled = False
    checkpoint.save()
    error_of(owner_client.api("POST", "/jobs", REQUEST), 422, "checkpoint_missing")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=many", "cursor=nonsense", "cursor=%00", "status=lost"]
)
def test_a_bad_query_is_refused(owner_client, query):
    fields = error_of(owner_client.api("GET", f"/jobs?{query}"), 422, "invalid_parameters")
    assert next(iter(fields)).startswith(query.split("=")[0])
