"""The lease of a worker: renewed by heartbeats, and no writes once it is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import SEQUENCES_PER_ATTEMPT, owns
from generation.models import Job
from generation.pipelines.protocol import Timings
from generation.worker.lease import Lease, Stop, renew
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def running(alice, checkpoint):
    make_job(alice, checkpoint)
    return claim(worker="w1", lanes=LANES)


def lose(job):
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - reaper.LEASE - timedelta(seconds=1))


def test_an_attempt_that_lost_its_lease_may_write_nothing(running):
    assert owns(running.pk, running.attempt)
    lease = Lease(running)
    lose(running)
    reaper.reap()
    claim(worker="w2", lanes=LANES)
    assert not owns(running.pk, running.attempt)
    renew([lease])
    assert lease.stop is Stop.LOST


def test_an_old_attempt_renews_nothing_of_the_next(running):
    old = Lease(running, step=7, total=20)
    lose(running)
    reaper.reap()
    job = claim(worker="w2", lanes=LANES)
    lose(job)
    renew([old])
    assert reaper.reap() == 1
    running.refresh_from_db()
    assert (running.step, running.total, running.losses) == (0, 0, 2)


def test_a_heartbeat_renews_the_lease_and_tells_how_far_it_is(running):
    lose(running)
    lease = Lease(running, step=3, total=20)
    lease.next_sequence()
    renew([lease])
    assert reaper.reap() == 0
    running.refresh_from_db()
    assert (running.step, running.total, running.sequence) == (3, 20, lease.sequence)


def test_a_beat_sees_that_the_job_was_cancelled(running, alice):
    lease = Lease(running)
    cancel_job(job=running, actor=alice)
    renew([lease])
    assert lease.stop is Stop.CANCELLED


def test_numbers_go_on_after_what_was_sent_and_above_all_of_earlier_attempts(running):
    running.sequence = 41
    lease = Lease(running)
    assert [lease.sequence, lease.next_sequence(), lease.next_sequence(), lease.sequence] == [41, 42, 43, 43]
    running.attempt = 3
    assert Lease(running).next_sequence() == 2 * SEQUENCES_PER_ATTEMPT + 1


def test_images_that_are_stored_or_dropped_are_not_planned(alice, checkpoint):
    job = make_job(alice, checkpoint, count=5)
    job.dropped = [1]
    lease = Lease(job)
    resolved, missing = lease.plan([3, 0])
    assert (resolved.count, missing, lease.missing, lease.stored) == (5, [2, 4], {2, 4}, 2)


def test_seconds_of_batches_add_up(running):
    lease = Lease(running, batches=2, batch_seconds=2.0)
    lease.end_batch(Timings({"denoise": 3.0, "decode": 1.0}))
    assert (lease.used_seconds, lease.batch) == (2.0, 1)
    lease.batch_seconds = 3.0
    assert lease.used_seconds == 5.0
    lease.split_batch(3)  # what was counted of the batch that did not fit was used all the same
    assert (lease.used_seconds, lease.batch_seconds, lease.batches) == (5.0, 0.0, 4)
    lease.batch_seconds = 4.0
    lease.end_batch(Timings({"denoise": 2.0}), seconds=1.0)
    assert (lease.used_seconds, lease.batch) == (6.0, 2)
    assert lease.timings.seconds == {"denoise": 5.0, "decode": 1.0}


def test_the_rest_is_told_by_the_prediction_first_and_by_the_pace_from_then_on(running):
    running.predicted_seconds = 40.0
    lease = Lease(running, step=2, total=10)
    assert lease.remaining_seconds(100.0) == 32.0
    assert lease.remaining_seconds(101.0) == 8.0  # still the same step
    lease.step = 6
    assert lease.remaining_seconds(112.0) == 12.0


def test_the_first_reason_to_stop_counts_unless_the_lease_is_lost(running):
    lease = Lease(running)
    for reason, found in ((Stop.HANDED_BACK, 0), (Stop.CANCELLED, 0), (Stop.LOST, 2), (Stop.CANCELLED, 2)):
        lease.ask_to_stop(reason)
        assert lease.stop is (Stop.HANDED_BACK, None, Stop.LOST)[found]


def test_only_leases_whose_rows_have_something_new_are_returned(running, alice):
    lease = Lease(running)
    assert renew([]) == []
    assert renew([lease]) == []
    Job.objects.filter(pk=running.pk).update(dropped=[1])
    assert renew([lease]) == [lease]
    assert lease.dropped == {1}
    assert lease.stop is None
    assert renew([lease]) == []
