"""Buttons of the dashboard's workers: what they order, what they say, and who may."""

import time

import pytest
from django.urls import reverse

from generation.queue import worker_orders
from generation.queue.workers import LiveWorker, report_worker
from generation.redis_client import connection
from sdsite.accounts.models import AuditEvent

ORDER = reverse("admin:generation_queuestate_worker")
STARTER = {"slug": "starter", "size_bytes": 9, "device_bytes": 9, "memory_mode": "resident"}


@pytest.fixture
def worker(valkey, db):
    report_worker(LiveWorker("w1", ["batch"], "idle", None, "cpu", "starter", 1, time.time(), loaded=[STARTER]))


def press(client, **values):
    return client.post(ORDER, {"worker": "w1", **values}, follow=True).content.decode()


def test_it_drains_and_undoes_it_and_unloads(worker, as_root, root):
    assert "w1 claims no more jobs." in press(as_root, order="drain")
    assert worker_orders.read_drain("w1") is True
    assert "w1 claims jobs again." in press(as_root, order="resume")
    assert worker_orders.read_drain("w1") is False
    assert "w1 unloads starter as soon as" in press(as_root, order="unload", checkpoint="starter")
    assert worker_orders.take_unload("w1") == {"starter"}
    said = AuditEvent.objects.filter(target="w1").order_by("pk").values_list("action", "actor__username")
    assert list(said) == [("worker.drained", "root"), ("worker.resumed", "root"), ("worker.unloaded", "root")]


def test_what_is_not_there_gets_no_order(worker, as_root):
    assert "has not loaded large" in press(as_root, order="unload", checkpoint="large")
    assert "There is no live worker w2" in press(as_root, order="drain", worker="w2")
    assert "Select a valid choice" in press(as_root, order="explode")
    assert as_root.get(ORDER).status_code == 405


def test_without_redis_nothing_is_recorded(db, valkey_alone, as_root, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    connection.cache_clear()
    try:
        page = press(as_root, order="drain")
    finally:
        connection.cache_clear()
    assert "Redis does not answer; the worker got no order." in page
    assert not AuditEvent.objects.filter(action="worker.drained").exists()


def test_who_may_not_change_the_queue_orders_nothing(worker, as_moderator):
    assert as_moderator.post(ORDER, {"worker": "w1", "order": "drain"}).status_code == 403
    assert worker_orders.read_drain("w1") is None
