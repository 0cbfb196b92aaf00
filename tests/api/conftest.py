"""What the API's tests share: clients that knock with a key, and a real Valkey for those that need one."""

import json

import pytest
from django.test import Client

from tests.factories import make_image, make_job
from tests.site import wait_for


class ApiClient(Client):
    """Django's client, speaking JSON under /api/v1."""

    def api(self, method, path, body=None, **extra):
        """Send a request; `body` is encoded as JSON unless it is text or bytes already."""
        if body is None:
            return self.generic(method, f"/api/v1{path}", **extra)
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        extra.setdefault("content_type", "application/json")
        return self.generic(method, f"/api/v1{path}", data, **extra)


def make_key(owner, *scopes):
    """Return (row, whole key) of a fresh key."""
    from sdsite.accounts.api_keys import create_key

    return create_key(owner=owner, name="tests", scopes=list(scopes or ("generate", "read", "write")))


def knocking_as(user, *scopes):
    """Return a client that sends a key of `user` as a bearer token; all scopes unless named."""
    return ApiClient(headers={"Authorization": f"Bearer {make_key(user, *scopes)[1]}"})


def error_of(response, status, code):
    """Return the error's fields, having checked status, code and shape."""
    assert response.status_code == status, response.content[:500]
    error = response.json()["error"]
    assert set(error) == {"code", "message", "fields"}
    assert error["code"] == code
    assert error["message"]
    return error["fields"]


@pytest.fixture
def stranger():
    """A client without key or session."""
    return ApiClient()


@pytest.fixture
def owner_client(alice):
    """Alice, by key."""
    return knocking_as(alice)


@pytest.fixture
def charlie_client(charlie):
    """Somebody to whom nothing of Alice belongs, by key."""
    return knocking_as(charlie)


@pytest.fixture
def valkey(site_processes):
    """The real Valkey alone, with no rate limit spent."""
    from generation.redis_client import connection
    from sdsite.core import rate_limits

    if "worker" in site_processes.processes:  # left over from a live test, it would take the jobs
        site_processes.kill("worker")
    site_processes.start_part("valkey")
    wait_for(site_processes.valkey_answers, what="Valkey")
    connection().flushall()
    rate_limits.forget_pause()
    return site_processes


@pytest.fixture
def job(alice, checkpoint):
    """A job of Alice's with two images, not ended."""
    job = make_job(alice, checkpoint, count=2)
    for index in range(2):
        make_image(alice, job_id=job.pk, index=index)
    return job
