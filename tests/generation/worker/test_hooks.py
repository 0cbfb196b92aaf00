"""Hooks of one job in a batch: progress over all its batches, previews, and when to stop."""

from types import SimpleNamespace

import pytest

from generation.worker import hooks
from generation.worker.hooks import JobHooks
from generation.worker.lease import Lease, Stop
from tests.support.factories import make_job


@pytest.fixture
def published(monkeypatch):
    """Events that are published, as (user, event)."""
    events = []
    monkeypatch.setattr(hooks, "publish", lambda user, event, *, hint: events.append((user, event)))
    monkeypatch.setattr(hooks, "publish_preview", lambda user, event, jpeg: events.append((user, event, jpeg)))
    return events


@pytest.fixture
def lease(alice, checkpoint):
    """The lease of a job of four images in two batches."""
    lease = Lease(make_job(alice, checkpoint, count=4))
    lease.plan([])
    lease.batches = 2
    return lease


def test_progress_counts_over_all_batches_with_rising_sequences(lease, alice, published):
    for batch in (0, 1):
        lease.batch = batch
        own = JobHooks(lease, share=1.0)
        for step in (1, 2):
            own.on_progress(step, 2)
    assert [(event.step, event.total) for _, event in published] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {user for user, _ in published} == {alice.pk}
    sequences = [event.sequence for _, event in published]
    assert sequences == sorted(set(sequences))
    assert (lease.step, lease.total) == (4, 4)


def test_a_job_has_its_share_of_the_seconds_of_a_batch(lease, published, monkeypatch):
    clock = iter([10.0, 12.0, 14.0])
    monkeypatch.setattr(hooks, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    own = JobHooks(lease, share=0.5)
    for step in (1, 2, 3):
        own.on_progress(step, 3)
    assert lease.batch_seconds == pytest.approx(3.0)  # half of three steps of two seconds


def test_a_preview_goes_to_the_owner(lease, alice, published):
    lease.veiled = False
    JobHooks(lease, share=1.0).on_preview(2, 5, b"jpeg")
    [(user, event, jpeg)] = published
    assert (user, event.job, event.index, event.step, jpeg) == (alice.pk, str(lease.pk), 2, 5, b"jpeg")


def test_it_stops_when_the_lease_says_so_or_the_job_failed(lease):
    own = JobHooks(lease, share=1.0)
    assert not own.is_cancelled()
    lease.failure = ("internal_error", "")
    assert own.is_cancelled()
    lease.failure = None
    lease.ask_to_stop(Stop.CANCELLED)
    assert own.is_cancelled()


def test_images_that_were_cancelled_are_dropped(lease):
    lease.dropped = frozenset({1})
    own = JobHooks(lease, share=1.0)
    assert [own.is_dropped(index) for index in range(3)] == [False, True, False]
