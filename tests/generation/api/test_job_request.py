"""The idempotency key of a request, in its header or its body."""

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart", "seed": 42}


def submit(client, requested=None, header=None, **body):
    headers = {} if header is None else {"Idempotency-Key": header}
    return client.api("POST", "/jobs", {**(requested or REQUEST), **body}, headers=headers)


def jobs():
    from generation.models import Job

    return Job.objects.all()


def test_header_and_body_name_the_same_key(owner_client, checkpoint):
    ids = {
        submit(owner_client, header="once").json()["id"],
        submit(owner_client, idempotency_key="once").json()["id"],
        submit(owner_client, header="once", idempotency_key="once").json()["id"],
    }
    assert len(ids) == 1
    assert jobs().count() == 1


def test_the_key_is_no_parameter_of_the_job(owner_client, checkpoint):
    parameters = submit(owner_client, idempotency_key="once").json()["parameters"]
    assert "idempotency_key" not in parameters
    assert "idempotency_key" not in jobs().get().parameters


def test_two_different_keys_in_one_request_are_refused(owner_client, checkpoint):
    fields = error_of(submit(owner_client, header="one", idempotency_key="two"), 422, "invalid_parameters")
    assert "Idempotency-Key" in fields["idempotency_key"]
    assert not jobs().exists()


KEYS = {"too long": "k" * 201, "a control character": "a\x07b", "NUL": "a\0b"}


@pytest.mark.parametrize("case", KEYS)
def test_a_key_that_is_none_is_refused(owner_client, checkpoint, case):
    fields = error_of(submit(owner_client, idempotency_key=KEYS[case]), 422, "invalid_parameters")
    assert list(fields) == ["idempotency_key"]
    fields = error_of(submit(owner_client, header=KEYS[case]), 422, "invalid_parameters")
    assert list(fields) == ["Idempotency-Key"]
    assert not jobs().exists()


def test_an_empty_key_is_absent_in_the_body_and_in_the_header(owner_client, checkpoint):
    error_of(submit(owner_client, idempotency_key=7), 422, "invalid_parameters")
    assert len({submit(owner_client, idempotency_key="").json()["id"] for _ in range(2)}) == 2
    assert len({submit(owner_client, header="").json()["id"] for _ in range(2)}) == 2
    for shortest_and_longest in ("k", "k" * 200):
        assert submit(owner_client, header=shortest_and_longest).status_code == 202
