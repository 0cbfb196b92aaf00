"""Jobs of all people over the API of administrators: filters, cancel, retry, and who may."""

import pytest
from django.contrib.auth.models import Permission

from generation.models import Job
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey")
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def api(root):
    return knocking_as(root, "admin")


@pytest.fixture
def jobs(alice, charlie, checkpoint):
    """One of alice that failed, one of charlie that waits."""
    failed, waiting = make_job(alice, checkpoint), make_job(charlie, checkpoint)
    Job.objects.filter(pk=failed.pk).update(
        status="failed", error_code="out_of_memory", error_message="It is full.", worker="w1"
    )
    return failed, waiting


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 0]),
        ("order=oldest", [0, 1]),
        ("owner=alice", [0]),
        ("owner=nobody", []),
        ("status=queued&status=running", [1]),
        ("worker=w1&error=out_of_memory", [0]),
        ("error=worker_lost", []),
        ("checkpoint=starter&limit=1", [1]),
    ],
)
def test_it_lists_those_of_all_people_that_match(api, jobs, query, found):
    answer = api.api("GET", f"/admin/jobs?{query}")
    assert [item["id"] for item in answer.json()["items"]] == [str(jobs[index].pk) for index in found]


def test_pages_follow_each_other(api, jobs):
    first = api.api("GET", "/admin/jobs?limit=1").json()
    second = api.api("GET", f"/admin/jobs?limit=1&cursor={first['next']}").json()
    assert [page["items"][0]["owner"] for page in (first, second)] == ["charlie", "alice"]
    assert second["next"] is None


def test_the_list_costs_the_same_however_many_there_are(api, jobs, alice, checkpoint, django_assert_num_queries):
    api.api("GET", "/admin/jobs")
    for _ in range(5):
        make_job(alice, checkpoint)
    with django_assert_num_queries(2):  # the key and its owner, the jobs with owners and checkpoints
        assert len(api.api("GET", "/admin/jobs").json()["items"]) == 7


def test_one_job_says_how_it_went(api, jobs):
    job = api.api("GET", f"/admin/jobs/{jobs[0].pk}").json()
    assert (job["status"], job["owner"], job["checkpoint"], job["worker"]) == ("failed", "alice", "starter", "w1")
    assert job["error"] == {"code": "out_of_memory", "message": "It is full."}
    error_of(api.api("GET", f"/admin/jobs/{NOWHERE}"), 404, "not_found")


def test_cancelling_and_retrying_are_recorded(api, jobs, root):
    failed, waiting = jobs
    cancelled = api.api("POST", f"/admin/jobs/{waiting.pk}/cancel").json()
    assert (cancelled["status"], cancelled["cancel_requested"]) == ("cancelled", True)
    answer = api.api("POST", f"/admin/jobs/{failed.pk}/retry")
    assert (answer.status_code, answer.json()["owner"], answer.json()["status"]) == (202, "alice", "queued")
    error_of(api.api("POST", f"/admin/jobs/{answer.json()['id']}/retry"), 409, "not_retryable")
    recorded = AuditEvent.objects.filter(action__in=("job.cancelled", "job.retried")).order_by("pk")
    assert [(event.actor, event.action) for event in recorded] == [(root, "job.cancelled"), (root, "job.retried")]


def test_staff_see_what_they_may_see_and_change_what_they_may_change(jobs, bob, alice):
    bob.user_permissions.add(Permission.objects.get(codename="view_job"))
    key = knocking_as(bob, "admin")
    assert key.api("GET", "/admin/jobs").status_code == 200
    error_of(key.api("POST", f"/admin/jobs/{jobs[1].pk}/cancel"), 403, "not_allowed")
    error_of(key.api("POST", f"/admin/jobs/{jobs[0].pk}/retry"), 403, "not_allowed")
    error_of(knocking_as(alice).api("GET", "/admin/jobs"), 403, "forbidden_scope")
    assert Job.objects.get(pk=jobs[1].pk).status == "queued"
