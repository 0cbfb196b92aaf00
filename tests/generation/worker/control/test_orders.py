"""Orders as a worker follows them: in this process, and a live one."""

import pytest

from generation.models import Job
from generation.pipelines import generate
from generation.queue import worker_orders
from generation.queue.workers import live_workers
from generation.worker import session as sessions
from generation.worker import tasks
from generation.worker.control import orders
from generation.worker.session import WorkerSession
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_job
from tests.support.site import wait_for

LANES = ["interactive", "batch"]


@pytest.fixture
def session(valkey, monkeypatch):
    """A session of this process whose checkpoints are only noted; its storing threads end with it."""
    unloaded = []
    monkeypatch.setattr(generate, "unload", lambda slug: not unloaded.append(slug))
    session = WorkerSession("w1", LANES)
    session.unloaded = unloaded
    monkeypatch.setattr(sessions, "_session", session)
    yield session
    session.storing_pool.shutdown(wait=True)


@pytest.mark.django_db
def test_a_drained_worker_claims_nothing_until_that_is_undone(session, alice, checkpoint):
    job = make_job(alice, checkpoint)
    worker_orders.order_drain("w1", draining=True)
    orders.follow(session)
    tasks.work_ticket()
    assert Job.objects.get(pk=job.pk).status == "queued"
    worker_orders.forget_orders("w1")  # as when Redis was emptied: the last order holds
    orders.follow(session)
    assert session.claims_nothing
    worker_orders.order_drain("w1", draining=False)
    orders.follow(session)
    assert not session.claims_nothing


def test_a_worker_without_a_job_unloads_at_once(session):
    worker_orders.order_unload("w1", "starter")
    orders.follow(session)
    session.storing_pool.shutdown(wait=True)
    assert session.unloaded == ["starter"]
    assert session.to_unload == set()


@pytest.mark.django_db
def test_a_busy_worker_unloads_between_two_jobs(session, alice, checkpoint):
    session._leases.append("a job in hand")
    worker_orders.order_unload("w1", "starter")
    orders.follow(session)
    assert session.unloaded == []
    orders.unload_if_ordered(session)
    assert session.unloaded == ["starter"]
    session._leases.clear()


def test_without_redis_the_last_order_holds(session, settings, tmp_path):
    from generation.redis_client import connection

    session.drained = True
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    connection.cache_clear()
    try:
        orders.follow(session)
    finally:
        connection.cache_clear()
    assert session.claims_nothing


@pytest.mark.django_db(transaction=True)
def test_a_live_worker_unloads_and_is_drained_and_goes_on(live_site, starter, submit, root):
    def one(**wanted):
        found = next(iter(live_workers()), None)
        return found if found and all(getattr(found, name) == value for name, value in wanted.items()) else None

    def loaded():  # the worker may have more checkpoints, of earlier tests
        return {one["slug"]: one for worker in live_workers() for one in worker.loaded}

    [job] = submit({"steps": 2})
    wait_for(lambda: Job.objects.get(pk=job.pk).is_finished, what="the first job")
    starter_there = wait_for(lambda: loaded().get("starter"), what="a loaded checkpoint")
    worker = one()
    assert starter_there["memory_mode"] == "resident"
    assert 0 < starter_there["size_bytes"] < worker.memory_total
    assert 0 < worker.memory_free <= worker.memory_total
    api = knocking_as(root, "admin")
    address = f"/admin/workers/{worker.name}"
    assert api.api("POST", f"{address}/unload", {"checkpoint": "starter"}).status_code == 202
    wait_for(lambda: "starter" not in loaded(), what="the checkpoint to be unloaded")
    assert api.api("PATCH", address, {"draining": True}).status_code == 202
    wait_for(lambda: one(draining=True), what="the worker to be drained")
    waiting = make_job(root, starter, steps=2)
    assert api.api("PATCH", address, {"draining": False}).status_code == 202
    wait_for(lambda: Job.objects.get(pk=waiting.pk).status == "succeeded", what="the job that waited")
    assert one(name=worker.name, draining=False)
