"""A client of OpenAI's API, and its jobs."""

import json

import pytest

from generation.jobs.lifecycle import move
from generation.models import Job
from sdsite.api.compat.openai import views
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_image


@pytest.fixture
def client(alice, checkpoint):
    return knocking_as(alice, "generate", "read")


def ask(client, headers=None, **words):
    body = json.dumps({"prompt": "a red heart", **words})
    return client.post("/v1/images/generations", body, content_type="application/json", headers=headers)


def job_of(response):
    """Return the job of a response, which the client must not retry."""
    assert response.headers["x-should-retry"] == "false"
    return Job.objects.get(pk=response.headers["X-Sdsite-Job"])


def refusal(response, status, code, param=None):
    """Return the error, having checked it; nothing was accepted."""
    assert response.status_code == status, response.content[:500]
    assert "x-should-retry" not in response.headers
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["code"], error["param"]) == (code, param)
    assert not Job.objects.exists()
    return error


def finished(client, status="succeeded", count=1, error_code="", headers=None, **words):
    """Return the response for a job that has ended: submit it, finish it by hand, send it again with the same key."""
    key = {"Idempotency-Key": "once", **(headers or {})}
    response = ask(client, headers=key, n=count, **words)
    assert response.status_code == 504
    job = job_of(response)
    for index in range(count):
        make_image(job.owner, job_id=job.pk, index=index, output_format=job.parameters["output_format"])
    move(job.pk, Job.Status.RUNNING)
    assert move(job.pk, status, error_code=error_code, error_message="It went wrong." if error_code else "")
    response = ask(client, headers=key, n=count, **words)
    assert job_of(response) == job
    return response


@pytest.fixture
def no_wait(monkeypatch, no_worker):
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0.0)
