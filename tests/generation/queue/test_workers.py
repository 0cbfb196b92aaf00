"""Live workers: reported, forgotten, and left out once their report is old."""

import time
from dataclasses import replace

import pytest

from generation.queue import workers
from generation.queue.workers import LiveWorker, forget_worker, live_workers, report_worker
from generation.redis_client import connection

pytestmark = pytest.mark.usefixtures("valkey")


def worker(name, **fields):
    made = LiveWorker(name, ["interactive", "batch"], "idle", None, "cpu", "starter", 4711, time.time())
    return replace(made, **fields)


def test_reported_workers_are_listed_by_name_with_their_last_report():
    first, second = worker("a", state="busy", current_job_id="x"), worker("b")
    for report in (second, worker("a"), first):
        report_worker(report)
    assert live_workers() == [first, second]


def test_a_forgotten_worker_is_not_listed():
    report_worker(worker("a"))
    forget_worker("a")
    forget_worker("never reported")
    assert live_workers() == []


def test_a_worker_whose_report_is_old_is_not_listed_and_its_report_deleted():
    report_worker(worker("a", seen_at=time.time() - workers.WORKER_SEEN_SECONDS - 1))
    recent = worker("b", seen_at=time.time() - workers.WORKER_SEEN_SECONDS / 2)
    report_worker(recent)
    assert live_workers() == [recent]
    assert connection().hkeys(workers.WORKERS_KEY) == [b"b"]
