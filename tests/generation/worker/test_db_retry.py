"""A database that goes away: workers wait, nobody is blamed, nothing is lost."""

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError, connection

from gallery.models import Image
from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.models import Job
from generation.pipelines.protocol import GeneratedImage
from generation.webhooks import actions
from generation.worker import db_retry
from generation.worker.db_retry import retry_while_database_down
from generation.worker.lease import Lease, LeaseLost, Stop
from generation.worker.store_images import store_with_retries
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db(transaction=True)  # a connection that broke is closed, so no test may lie in one

LANES = ("interactive", "batch")


@pytest.fixture
def lease(alice, checkpoint, no_worker):
    """The lease of a job of one image, which waits to be stored."""
    make_job(alice, checkpoint)
    lease = Lease(claim(worker="w", lanes=LANES))
    lease.plan([])
    lease.storing = 1
    return lease


@pytest.fixture
def stored_hook(alice):
    """A webhook for stored images, to an address that nothing is sent to here."""
    hook, _ = actions.create_webhook(owner=alice, name="Bot", url="https://example.org/hook", events=["image.stored"])
    return hook


class Cut:
    """Breaks every statement that begins with `word`, `times` times."""

    def __init__(self, word, times):
        self.word, self.times, self.met = word, times, 0

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(self.word) and self.met < self.times:
            self.met += 1
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)


def store(lease):
    from PIL import Image as Pillow

    picture = GeneratedImage(0, 7, Pillow.new("RGB", (128, 128), "red"), batch_size=1, seconds=0.5)
    store_with_retries(lease, lease.job.resolved(), picture, device="cpu")


@pytest.mark.parametrize("word", ["INSERT", "SELECT"])
def test_an_image_is_stored_once_the_database_is_back(lease, word, monkeypatch):
    monkeypatch.setattr(db_retry, "FIRST_PAUSE_SECONDS", 0.01)
    cut = Cut(word, 3)
    with connection.execute_wrapper(cut):
        store(lease)
    assert cut.met == 3
    image = Image.objects.of_job(lease.pk).get()
    assert default_storage.exists(image.file)
    assert (lease.failure, lease.storing, lease.there, lease.waiting) == (None, 0, 1, set())


def test_an_image_is_stored_together_with_what_webhooks_are_to_be_sent(lease, stored_hook):
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


def test_patience_ends_some_day_and_lets_the_lease_run_out(lease, monkeypatch):
    monkeypatch.setattr(db_retry, "GIVE_UP_SECONDS", 0.0)
    with connection.execute_wrapper(Cut("INSERT", 1000)):
        store(lease)
    assert (lease.stop, lease.failure) == (Stop.LOST, None)
    lease.job.refresh_from_db()
    assert lease.job.status == "running"  # until the reaper finds the stale heartbeat


def test_an_image_that_was_called_off_meanwhile_is_not_stored(lease):
    Job.objects.filter(pk=lease.pk).update(dropped=[0])
    store(lease)
    assert not Image.objects.of_job(lease.pk).exists()
    assert (lease.dropped, lease.stop, lease.there) == (frozenset({0}), None, 0)


def test_a_disk_that_is_full_fails_the_job(lease, monkeypatch):
    def full(name, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    store(lease)
    assert lease.failure is not None
    assert lease.failure[0] == "internal_error"


def test_nothing_is_taken_back_right_after_the_database_was_away(alice, checkpoint, monkeypatch):
    """Workers that live could not write their heartbeats meanwhile."""
    make_job(alice, checkpoint)
    job = claim(worker="w", lanes=LANES)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=job.heartbeat_at - 2 * reaper.LEASE)

    def away(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(reaper, "_blind_until", 0.0)  # put back when the test ends
    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        reaper.reap()
    assert reaper.reap() == 0
    monkeypatch.setattr(reaper, "_blind_until", 0.0)  # five seconds later
    assert reaper.reap() == 1
