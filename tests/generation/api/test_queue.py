"""The queue over the API: its state, and the order of one's own jobs."""

import uuid

import pytest

from generation.jobs.claim import claim
from generation.models import Job
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey")


LANES = ("interactive", "batch")


@pytest.fixture
def jobs(alice, checkpoint):
    return [make_job(alice, checkpoint, prompt=f"number {number}") for number in range(3)]


def ids(answer):
    return [job["id"] for job in answer.json()["jobs"]]


def test_the_queue_tells_own_jobs_in_their_order_and_how_many_wait(owner_client, charlie, checkpoint, jobs):
    make_job(charlie, checkpoint)
    answer = owner_client.api("GET", "/queue").json()
    assert (answer["state"], answer["message"]) == ("open", "")
    assert answer["waiting"] == {"interactive": 4, "batch": 0}
    assert [job["id"] for job in answer["jobs"]] == [str(job.pk) for job in jobs]
    assert answer["jobs"][0]["position"] == 1
    assert answer["jobs"][0]["prompt"] == "number 0"


def test_the_kinds_of_all_jobs_are_counted_and_the_own_ones_among_them(owner_client, charlie, checkpoint, jobs):
    Job.objects.filter(pk=jobs[0].pk).update(source="verify")
    other = make_job(charlie, checkpoint, prompt="a secret")
    Job.objects.filter(pk=other.pk).update(parameters={**other.parameters, "task": "upscale"})
    make_job(charlie, checkpoint)
    answer = owner_client.api("GET", "/queue")
    assert answer.json()["kinds"] == [
        {"kind": "text_to_image", "jobs": 3, "own": 2},
        {"kind": "verify", "jobs": 1, "own": 1},
        {"kind": "upscale", "jobs": 1, "own": 0},
    ]
    assert "secret" not in answer.content.decode()


def test_a_job_moves_to_the_front(owner_client, jobs):
    answer = owner_client.api("POST", f"/jobs/{jobs[2].pk}/front")
    assert answer.json()["position"] == 1
    assert claim(worker="w", lanes=LANES) == jobs[2]


def test_an_order_is_taken_without_what_started_meanwhile(owner_client, jobs):
    claim(worker="w", lanes=LANES)
    wanted = [str(jobs[number].pk) for number in (2, 0, 1)]
    answer = owner_client.api("POST", "/queue/order", {"jobs": wanted})
    assert answer.status_code == 200
    assert ids(answer) == [str(jobs[2].pk), str(jobs[1].pk)]


def test_strangers_jobs_are_not_there(charlie_client, jobs):
    error_of(charlie_client.api("POST", f"/jobs/{jobs[2].pk}/front"), 404, "not_found")
    error_of(charlie_client.api("POST", "/queue/order", {"jobs": [str(jobs[2].pk)]}), 404, "not_found")
    error_of(charlie_client.api("POST", "/queue/order", {"jobs": [str(uuid.uuid4())]}), 404, "not_found")
    assert charlie_client.api("GET", "/queue").json()["jobs"] == []
    assert list(Job.objects.queued()) == jobs


@pytest.mark.parametrize(
    "body", [{"jobs": []}, {"jobs": ["one"]}, {"jobs": "one"}, {}, {"jobs": [str(uuid.UUID(int=1))] * 501}]
)
def test_a_bad_order_names_its_field(owner_client, jobs, body):
    fields = error_of(owner_client.api("POST", "/queue/order", body), 422, "invalid_parameters")
    assert any(name.startswith("jobs") for name in fields)


def test_the_same_job_twice_names_its_field(owner_client, jobs):
    twice = {"jobs": [str(jobs[0].pk)] * 2}
    assert "jobs" in error_of(owner_client.api("POST", "/queue/order", twice), 422, "invalid_parameters")


def test_scopes_are_asked_for(alice, jobs):
    reader, maker = knocking_as(alice, "read"), knocking_as(alice, "generate")
    error_of(reader.api("POST", f"/jobs/{jobs[0].pk}/front"), 403, "forbidden_scope")
    error_of(reader.api("POST", "/queue/order", {"jobs": [str(jobs[0].pk)]}), 403, "forbidden_scope")
    error_of(maker.api("GET", "/queue"), 403, "forbidden_scope")
