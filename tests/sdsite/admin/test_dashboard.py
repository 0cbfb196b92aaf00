"""Admin dashboard, with Redis and without."""

import re
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from generation.models import Job
from generation.queue import workers
from generation.queue.workers import (
    FailedWorker,
    LiveWorker,
    forget_worker,
    live_workers,
    report_failed_worker,
    report_worker,
)
from sdsite.admin.dashboard import kept
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey_alone")
INDEX = reverse("admin:index")


def ended(job, status, *, ago, seconds=2.0, **fields):
    """Make `job` one that ended `ago`."""
    at = timezone.now() - ago
    started = at - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(status=status, started_at=started, finished_at=at, **fields)


@pytest.fixture(autouse=True)
def _anew():
    kept.forget()
    yield
    kept.forget()


@pytest.fixture
def no_redis(monkeypatch, tmp_path):
    """Redis at an address where nobody listens, whatever else this run has started."""
    monkeypatch.setattr(workers, "connection", lambda: Redis(unix_socket_path=str(tmp_path / "nobody.sock")))


@pytest.fixture
def history(alice, checkpoint):
    """One job waits, one runs, and five ended: three well, one ill, one too long ago to count."""
    make_job(alice, checkpoint, seed=1)
    running = make_job(alice, checkpoint, prompt="a running fox")
    Job.objects.filter(pk=running.pk).update(
        status="running", started_at=timezone.now(), step=5, total=20, worker="worker-1"
    )
    for hours, seconds in ((1, 2.0), (1, 4.0), (2, 9.0)):
        ended(make_job(alice, checkpoint), "succeeded", ago=timedelta(hours=hours), seconds=seconds)
    ended(
        make_job(alice, checkpoint),
        "failed",
        ago=timedelta(hours=3),
        error_code="out_of_memory",
        error_message="The accelerator is full.",
    )
    ended(make_job(alice, checkpoint), "failed", ago=timedelta(hours=30), error_code="too_old", error_message="Gone.")
    return running


def test_it_says_when_redis_is_away_and_shows_the_rest(as_root, history, no_redis):
    answer = as_root.get(INDEX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.context["workers"] is None
    assert "Redis does not answer" in page
    assert answer.context["depth"]["interactive"] == 1
    assert "a running fox" in page


def test_its_numbers_are_those_of_the_period_in_the_address(as_root, history):
    context = as_root.get(INDEX).context
    assert [job.pk for job in context["running"]] == [history.pk]
    assert context["charts"].ended == {"succeeded": 3, "failed": 1, "cancelled": 0}
    assert context["charts"].run == (4.0, 9.0)
    assert [(row.code, row.count, row.message) for row in context["failures"]] == [
        ("out_of_memory", 1, "The accelerator is full.")
    ]
    week = as_root.get(INDEX, {"period": "7d"}).context
    assert week["charts"].ended["failed"] == 2
    assert [job.error_code for job in context["last_failures"]] == ["out_of_memory", "too_old"]


def test_the_sums_over_many_jobs_are_kept_for_a_while_and_what_runs_is_not(as_root, history):
    assert as_root.get(INDEX).context["charts"].ended["failed"] == 1
    ended(history, "failed", ago=timedelta(minutes=1), error_code="refused")
    context = as_root.get(INDEX).context
    assert context["charts"].ended["failed"] == 1
    assert next(job.error_code for job in context["last_failures"]) == "refused"
    assert context["running"] == []


def test_an_empty_site_has_a_dashboard(as_root):
    answer = as_root.get(INDEX)
    assert answer.status_code == 200
    assert answer.context["charts"].run is None
    page = answer.content.decode()
    assert "No running jobs." in page
    assert "Nothing waits for you." in page


def test_the_moderator_sees_no_jobs_there(as_moderator, history):
    answer = as_moderator.get(INDEX)
    assert answer.status_code == 200
    assert "a running fox" not in answer.content.decode()
    assert "depth" not in answer.context


def test_a_longer_history_costs_no_more_queries(as_root, history, django_assert_max_num_queries):
    for number in range(10):
        ended(
            make_job(history.owner, history.checkpoint), "failed", ago=timedelta(hours=1), error_code=f"code_{number}"
        )
    with django_assert_max_num_queries(46):  # one for each of 24 hours, and the others
        as_root.get(INDEX)


def test_workers_that_report_are_listed_with_their_job(as_root, alice, checkpoint):
    job = make_job(alice, checkpoint)
    reported = LiveWorker(
        "a-worker-of-the-test", ["interactive"], "busy", str(job.pk), "cpu", "starter", 1, time.time()
    )
    report_worker(reported)
    try:
        page = as_root.get(INDEX).content.decode()
    finally:
        forget_worker(reported.name)
    assert reported.name in page
    assert reverse("admin:generation_job_change", args=[job.pk]) in page


def test_a_device_that_failed_and_one_that_lacks_something_are_named(as_root, valkey):
    now = time.time()
    worker = LiveWorker(
        "w2", [], "idle", None, "cuda:0", None, 1, now, hardware="Tesla T4, 15.0 GiB", notes=["It has no bfloat16."]
    )
    report_worker(worker)
    report_failed_worker(FailedWorker("w1", "here, cuda:1", "cuda:1", "CUDA error: lost", now, next_try_at=now + 240))
    report_failed_worker(FailedWorker("w0", "there, cuda:0", "cuda:0", "CUDA error: lost", now))
    page = as_root.get(INDEX).content.decode()
    said = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "w1 on cuda:1 (here, cuda:1): device failed: CUDA error: lost" in said
    assert "Next try 3 minutes from now" in said
    assert "Start it again; no supervisor does." in said
    assert "w2: It has no bfloat16." in said
    assert "Tesla T4, 15.0 GiB" in said
    assert "Workers 1 / 3 the others lack their device" in said


def test_a_site_without_workers_says_how_to_start_one(as_root):
    for name in [worker.name for worker in live_workers()]:
        forget_worker(name)
    assert "No live worker" in as_root.get(INDEX).content.decode()


def test_it_tells_jobs_apart_by_their_source(as_root, alice, checkpoint):
    ended(make_job(alice, checkpoint), "succeeded", ago=timedelta(hours=1), source="comfyui")
    ended(make_job(alice, checkpoint), "succeeded", ago=timedelta(hours=25), source="sdapi")
    page = as_root.get(INDEX, {"period": "24h"}).content.decode()
    [table] = re.findall(r"<ul[^>]*data-sources.*?</ul>", page, re.DOTALL)
    assert re.findall(r">([^<>]+)</a>", table) == ["ComfyUI&#x27;s API"]
    [link] = re.findall(r'href="([^"]+)"', table)
    assert as_root.get(link).status_code == 200
