"""A client of the simple API, and its jobs."""

import json

import pytest

from generation.jobs.lifecycle import move
from generation.models import Job
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_image


@pytest.fixture
def client(alice, checkpoint, valkey):
    return knocking_as(alice, "generate", "read")


def ask(client, path="/generate", headers=None, **words):
    body = json.dumps({"prompt": "a red heart", "wait": 0, **words})
    return client.post(path, body, content_type="application/json", headers=headers)


def job_of(response):
    assert response.status_code == 202, response.content[:500]
    assert response.headers["Location"].endswith(f"/status/{response.json()['id']}")
    return Job.objects.get(pk=response.headers["X-Sdsite-Job"])


def refusal(response, status, code, *names):
    """Return the sentences by field, having checked the shape; nothing was accepted."""
    assert response.status_code == status, response.content[:500]
    error = response.json()
    assert set(error) == {"error", "message", "fields"}
    assert (error["error"], *error["fields"]) == (code, *names)
    assert error["message"]
    assert not Job.objects.exists()
    return error["fields"]


def end(job, status="succeeded", error_code=""):
    """End a queued job by hand, with its images."""
    for index in range(job.count if status == "succeeded" else 0):
        make_image(job.owner, job_id=job.pk, index=index, output_format=job.parameters["output_format"])
    move(job.pk, Job.Status.RUNNING)
    assert move(job.pk, status, error_code=error_code, error_message="It went wrong." if error_code else "")
