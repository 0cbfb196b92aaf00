"""Outages of the database: workers wait, and no job fails or is lost."""

import errno
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from gallery.actions.media_files import files_by_folder
from gallery.models import Image
from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.models import Job
from generation.webhooks import actions
from generation.worker import db_retry
from generation.worker.db_retry import retry_while_database_down
from generation.worker.lease import LeaseLost, Stop
from tests.generation.worker.conftest import LANES, Cut, store
from tests.support.factories import make_job
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)  # a connection that broke is closed, so no test may lie in one


@pytest.fixture
def stored_hook(alice):
    """A webhook for stored images, to an address that nothing is sent to here."""
    hook, _ = actions.create_webhook(owner=alice, name="Bot", url="https://example.org/hook", events=["image.stored"])
    return hook


def test_an_image_is_stored_together_with_its_webhook_deliveries(lease, stored_hook):
    store(lease)
    assert list(stored_hook.deliveries.values_list("event", "job_id", "index")) == [("image.stored", lease.pk, 0)]


def test_a_lost_lease_stores_neither_the_image_nor_a_delivery(lease, stored_hook):
    Job.objects.filter(pk=lease.pk).update(attempt=lease.job.attempt + 1)
    store(lease)
    assert lease.stop is Stop.LOST
    assert not Image.objects.of_job(lease.pk).exists()
    assert not stored_hook.deliveries.exists()


def test_patience_ends_with_the_lease(lease):
    def away():
        lease.ask_to_stop(Stop.LOST)
        raise OperationalError

    with pytest.raises(LeaseLost):
        retry_while_database_down(away, lease)


def test_a_disk_that_was_full_and_a_database_that_is_away_are_waited_for_in_turn(lease, monkeypatch, caplog):
    troubles = [OSError(errno.ENOSPC, "no space"), OSError(errno.ENOSPC, "no space"), OperationalError("cut")]

    def work():
        if troubles:
            raise troubles.pop(0)
        return "done"

    monkeypatch.setattr(db_retry, "FIRST_PAUSE_SECONDS", 0.01)
    assert retry_while_database_down(work, lease) == "done"
    assert lease.stop is None
    assert "the disk is full, trying again" in caplog.text
    assert "the database is unreachable, trying again" in caplog.text


def test_patience_ends_some_day_and_lets_the_lease_run_out(lease, monkeypatch):
    monkeypatch.setattr(db_retry, "GIVE_UP_SECONDS", 0.0)
    with connection.execute_wrapper(Cut("INSERT", 1000)):
        store(lease)
    assert (lease.stop, lease.failure) == (Stop.LOST, None)
    lease.job.refresh_from_db()
    assert lease.job.status == "running"  # until the reaper finds the stale heartbeat


def floor(settings, megabytes):
    settings.ENV = {**settings.ENV, "SDSITE_FREE_MB": megabytes}


def test_an_image_waits_for_space_on_the_disk_and_is_stored_then(lease, settings, caplog):
    floor(settings, 1e12)
    with ThreadPoolExecutor(1) as pool:
        storing = pool.submit(store_and_close, lease)
        wait_for(lambda: "the disk is full" in caplog.text, what="the image to wait")
        assert not storing.done()
        floor(settings, 0)
        storing.result(30)
    assert (lease.stop, lease.failure, lease.storing) == (None, None, 0)
    assert Image.objects.of_job(lease.pk).count() == 1


def store_and_close(lease):
    try:
        store(lease)
    finally:
        connection.close()


@pytest.mark.parametrize("stop", [Stop.CANCELLED, Stop.HANDED_BACK])
def test_a_job_that_is_to_stop_does_not_wait_for_space(lease, settings, stop):
    floor(settings, 1e12)
    lease.ask_to_stop(stop)
    store(lease)
    assert (lease.stop, lease.failure, lease.storing) == (stop, None, 0)
    assert not Image.objects.of_job(lease.pk).exists()


def test_a_full_database_is_waited_for_and_leaves_no_file_behind(lease, monkeypatch):
    monkeypatch.setattr(db_retry, "GIVE_UP_SECONDS", 0.0)  # of an outage; a full disk may take longer
    before = stored_files()
    with connection.execute_wrapper(Cut("INSERT", 3, says="database or disk is full")):
        store(lease)
    assert (lease.stop, lease.failure) == (None, None)
    assert Image.objects.of_job(lease.pk).count() == 1
    assert stored_files() - before == 2


def stored_files():
    return sum(len(names) for folder in ("images", "thumbnails") for names in files_by_folder(folder))


def test_nothing_is_taken_back_right_after_the_database_was_away(alice, checkpoint, monkeypatch):
    """Workers that live could not write their heartbeats meanwhile."""
    make_job(alice, checkpoint)
    job = claim(worker="w", lanes=LANES)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=job.heartbeat_at - 2 * reaper.LEASE)

    def away(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(reaper, "_blind_until", 0.0)  # put back when the test ends
    monkeypatch.setattr(reaper, "_failed", False)
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        reaper.reap()
    monkeypatch.setattr(reaper, "_blind_until", 0.0)  # a long outage: this is the first write after it
    assert reaper.reap() == 0
    monkeypatch.setattr(reaper, "_blind_until", 0.0)  # five seconds later
    assert reaper.reap() == 1
