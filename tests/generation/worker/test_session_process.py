"""What a worker process reports of itself, and how it hears of cancellations; with the real Valkey, in this process."""

import os
import threading
import time

import pytest
from django.conf import settings

from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.models import Job
from generation.queue.workers import failed_workers, live_workers
from generation.worker import session as module
from generation.worker.lease import Lease, Stop
from generation.worker.session import MOST_STORING, WorkerSession
from sdsite.core import accelerators
from tests.support.factories import make_job
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ["interactive", "batch"]


@pytest.fixture
def quick(monkeypatch, valkey):
    """A session that reports itself often; whichever is open is ended."""
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(module, "_session", None)
    yield
    if module._session is not None:
        end(module._session)


def end(session):
    """End a session and its threads."""
    session._leases.clear()
    session.end()
    names = ("heartbeat_loop", "cancellation_loop")
    for thread in [thread for thread in threading.enumerate() if thread.name in names]:
        thread.join(10)


def reported(**wanted):
    """Return the report of the one live worker, once it has the wanted values."""

    def found():
        one = next(iter(live_workers()), None)
        return one if one and all(getattr(one, name) == value for name, value in wanted.items()) else None

    return wait_for(found, what=f"a report with {wanted}")


def test_a_worker_reports_what_it_is_and_does(quick, alice, checkpoint):
    session = module.open_session("w1", LANES)
    assert module.current_session() is session
    first = reported(name="w1", state="starting")
    assert (first.lanes, first.pid, first.notes) == (LANES, os.getpid(), [])
    assert (first.current_job_id, first.checkpoint, first.device, first.hardware) == (None, None, "", "")
    assert abs(first.seen_at - time.time()) < 60
    session.device, session.hardware, session.notes = "cuda:0", "A card", ["It is old."]
    session.loaded = ("earlier", "latest")
    job = make_job(alice, checkpoint)
    lease = session.take(claim(worker="w1", lanes=LANES))
    assert session.held() == [lease]
    report = reported(state="busy")
    assert (report.current_job_id, report.checkpoint) == (str(job.pk), "latest")
    report = reported(hardware="A card")
    assert (report.device, report.notes) == ("cuda:0", ["It is old."])
    Job.objects.filter(pk=job.pk).update(heartbeat_at=None)
    wait_for(lambda: Job.objects.get(pk=job.pk).heartbeat_at, what="the lease to be renewed")
    session._leases.clear()
    session.end()
    wait_for(lambda: not any(thread.name == "heartbeat_loop" for thread in threading.enumerate()), what="its end")
    assert live_workers() == []


def test_a_heartbeat_on_its_way_does_not_list_a_worker_that_has_ended(quick, monkeypatch):
    on_its_way, may_go_on = threading.Event(), threading.Event()

    def reap():
        on_its_way.set()
        may_go_on.wait(30)

    session = module.open_session("w1", LANES)
    monkeypatch.setattr(module.reaper, "reap", reap)
    assert on_its_way.wait(30)
    session.end()
    may_go_on.set()
    wait_for(lambda: not any(thread.name == "heartbeat_loop" for thread in threading.enumerate()), what="its end")
    assert live_workers() == []


def test_a_worker_that_nobody_named_takes_all_lanes(quick):
    session = module.current_session()
    assert session.name.startswith("worker-")
    assert session.lanes == list(settings.LANES)
    assert module.current_session() is session


def test_a_cancellation_is_heard_before_the_next_heartbeat(quick, monkeypatch, alice, checkpoint):
    monkeypatch.setattr(module, "BEAT_SECONDS", 600.0)
    session = module.open_session("w1", LANES)
    mine, other = make_job(alice, checkpoint), make_job(alice, checkpoint)
    held = [session.take(claim(worker="w1", lanes=LANES)) for _ in range(2)]
    by_job = {lease.pk: lease for lease in held}
    Job.objects.filter(pk=mine.pk).update(dropped=[])

    def told():
        cancel_job(job=Job.objects.get(pk=mine.pk), actor=alice)  # again: it may not listen yet
        session._on_cancellation("another worker's job")
        return by_job[mine.pk].stop

    assert wait_for(told, seconds=20, what="the cancellation") is Stop.CANCELLED
    assert by_job[other.pk].stop is None


def test_who_hands_back_hands_back_what_is_claimed_meanwhile_too(valkey, alice, checkpoint):
    session = WorkerSession("w1", LANES)
    for _ in range(2):
        make_job(alice, checkpoint)
    first = session.take(claim(worker="w1", lanes=LANES), leads=True)
    assert (first.leads, first.stop) == (True, None)
    session.hand_back()
    late = session.take(claim(worker="w1", lanes=LANES))
    assert (first.stop, late.stop, late.leads) == (Stop.HANDED_BACK, Stop.HANDED_BACK, False)
    session.storing_pool.shutdown()


@pytest.mark.parametrize(("device", "shown"), [("", "cpu"), ("cuda:7", "cuda:7")])
def test_a_device_that_failed_is_reported_until_it_works_again(quick, alice, checkpoint, device, shown):
    session = WorkerSession("w1", LANES)
    make_job(alice, checkpoint)
    lease = session.take(claim(worker="w1", lanes=LANES))
    session.device = device
    began = time.time()
    session.leave_device("it is gone")
    assert (session.draining, lease.stop) == (True, Stop.DEVICE_FAILED)
    end(session)
    [failed] = failed_workers()
    place = accelerators.place(settings.ENV["SDSITE_DEVICE"], os.environ)
    assert (failed.name, failed.place, failed.device, failed.reason) == ("w1", place, shown, "it is gone")
    assert began <= failed.failed_at <= time.time()
    WorkerSession("w2", LANES).forget_failure()
    assert failed_workers() == []


def test_a_worker_that_ends_as_it_should_reports_no_failure(quick):
    end(WorkerSession("w1", LANES))
    assert failed_workers() == []


def test_generating_waits_while_too_many_images_wait_to_be_stored(valkey, alice, checkpoint):
    session = WorkerSession("w1", LANES)
    make_job(alice, checkpoint)
    lease = session.take(claim(worker="w1", lanes=LANES))
    lease.storing = MOST_STORING - 1
    session.wait_for_capacity()
    lease.storing = MOST_STORING
    waiting = threading.Thread(target=session.wait_for_capacity, daemon=True)
    waiting.start()
    with session._changed:  # taken once the other thread waits, or before it looks
        assert waiting.is_alive()
        lease.storing = MOST_STORING - 1
        session._changed.notify_all()
    waiting.join(10)
    assert not waiting.is_alive()
    session._leases.clear()
    assert not session.wait_for_storing()
    session.storing_pool.shutdown()


def test_a_call_is_known_by_checkpoint_size_and_number_of_images(alice, checkpoint):
    session = WorkerSession("w1", LANES)
    parameters = Lease(make_job(alice, checkpoint)).job.resolved()
    assert [session.note_call(parameters, images) for images in (2, 2, 3, 2)] == [False, True, False, True]
    larger = parameters.model_copy(update={"width": 1024, "height": 1024})
    other = parameters.model_copy(update={"checkpoint": "other"})
    assert [session.note_call(one, 2) for one in (larger, other, larger)] == [False, False, True]
    draft = parameters.model_copy(update={"speed_mode": "draft"})
    assert [session.note_call(draft, 2) for _ in range(2)] == [False, True]
    session.storing_pool.shutdown()
