"""Live workers: reported, forgotten, and left out once their report is old."""

import json
import time
from dataclasses import asdict, replace

import pytest

from generation.queue import workers
from generation.queue.workers import (
    FailedWorker,
    LiveWorker,
    failed_workers,
    forget_failure,
    forget_worker,
    live_workers,
    note_next_try,
    report_failed_worker,
    report_worker,
)
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


def test_a_report_of_a_newer_version_is_read_without_what_is_unknown():
    report = {**asdict(worker("a")), "colour": "red"}
    connection().hset(workers.WORKERS_KEY, "a", json.dumps(report))
    assert live_workers() == [worker("a", seen_at=report["seen_at"])]


def failed(name="w1", place="here, cuda:0", **fields):
    return replace(FailedWorker(name, place, "cuda:0", "lost", time.time()), **fields)


def test_the_last_failure_of_each_place_is_listed_until_a_worker_is_back():
    report_failed_worker(failed("w1"))
    report_failed_worker(again := failed("w2"))
    report_failed_worker(other := failed("w3", place="there, cuda:0"))
    assert failed_workers() == [again, other]
    forget_failure("there, cuda:0")
    assert failed_workers() == [again]


def test_a_next_try_belongs_to_the_worker_that_failed():
    report_failed_worker(failed("w2"))
    at = time.time() + 60
    note_next_try("w1", at)
    assert failed_workers()[0].next_try_at is None
    note_next_try("w2", at)
    assert failed_workers()[0].next_try_at == at


@pytest.mark.parametrize(
    "fields",
    [{"failed_at": time.time() - workers.FAILED_SECONDS - 1}, {"next_try_at": time.time() - 1000}],
    ids=["nobody restarts it", "it was started again"],
)
def test_an_old_failure_is_not_listed_and_deleted(fields):
    report_failed_worker(failed(**fields))
    assert failed_workers() == []
    assert not connection().exists(workers.FAILED_KEY)
