"""Orders to workers, kept in Redis until they are read."""

import time

import pytest

from generation.queue import worker_orders
from generation.queue.workers import LiveWorker, forget_worker, live_workers, report_worker
from generation.redis_client import connection

pytestmark = pytest.mark.usefixtures("valkey")


def test_a_worker_without_orders_has_none():
    assert worker_orders.read_drain("w1") is None
    assert worker_orders.take_unload("w1") == set()


def test_the_last_order_to_drain_holds_for_one_worker():
    worker_orders.order_drain("w1", draining=True)
    assert (worker_orders.read_drain("w1"), worker_orders.read_drain("w2")) == (True, None)
    worker_orders.order_drain("w1", draining=False)
    assert worker_orders.read_drain("w1") is False


def test_orders_to_unload_are_taken_once():
    for slug in ("starter", "large", "starter"):
        worker_orders.order_unload("w1", slug)
    assert connection().ttl(worker_orders.UNLOAD_KEY + "w1") > 0
    assert worker_orders.take_unload("w1") == {"starter", "large"}
    assert worker_orders.take_unload("w1") == set()


@pytest.mark.parametrize("way", ["ended", "silent"])
def test_the_orders_to_a_worker_go_with_it(way):
    report_worker(LiveWorker("w1", [], "idle", None, "cpu", None, 1, time.time() - 3600))
    worker_orders.order_drain("w1", draining=True)
    worker_orders.order_unload("w1", "starter")
    if way == "ended":
        forget_worker("w1")
    assert live_workers() == []
    assert connection().keys("sdsite:worker*") == []
