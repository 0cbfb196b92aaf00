"""What administrators order a worker to do, with its entry in the audit log."""

import time

import pytest

from generation.jobs.worker_control import WorkerUnknown, get_live, set_draining, unload_checkpoint
from generation.queue import worker_orders
from generation.queue.workers import LiveWorker, report_worker
from sdsite.accounts.models import AuditEvent

STARTER = {"slug": "starter", "size_bytes": 9, "device_bytes": 9, "memory_mode": "resident"}


@pytest.fixture
def worker(valkey, db):
    worker = LiveWorker("w1", ["batch"], "idle", None, "cpu", "starter", 1, time.time(), loaded=[STARTER])
    report_worker(worker)
    return worker


def events():
    return list(AuditEvent.objects.order_by("pk").values_list("action", "target", "detail"))


def test_draining_and_its_undoing_are_ordered_and_recorded(worker, root):
    assert set_draining(name="w1", draining=True, actor=root) == worker
    assert worker_orders.read_drain("w1") is True
    set_draining(name="w1", draining=False, actor=root)
    assert worker_orders.read_drain("w1") is False
    assert [(action, target) for action, target, _ in events()] == [("worker.drained", "w1"), ("worker.resumed", "w1")]
    drained = AuditEvent.objects.earliest("pk")
    assert (drained.before, drained.after) == (False, True)


def test_only_what_is_loaded_is_unloaded(worker, root):
    unload_checkpoint(name="w1", slug="starter", actor=root)
    with pytest.raises(WorkerUnknown, match="has not loaded large"):
        unload_checkpoint(name="w1", slug="large", actor=root)
    assert worker_orders.take_unload("w1") == {"starter"}
    assert events() == [("worker.unloaded", "w1", {"checkpoint": "starter"})]


def test_a_worker_that_is_not_there_gets_no_orders(worker, root):
    with pytest.raises(WorkerUnknown, match="no live worker w2"):
        get_live("w2")
    with pytest.raises(WorkerUnknown):
        set_draining(name="w2", draining=True, actor=root)
    assert worker_orders.read_drain("w2") is None
    assert events() == []
