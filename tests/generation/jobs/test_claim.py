"""Claiming, leases, taking back: decided by rows alone, whatever Redis does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import SEQUENCES_PER_ATTEMPT, owns
from generation.models import Job
from generation.models.job import MAX_ATTEMPTS
from generation.queue import costs, eta
from generation.worker.lease import Lease, Stop
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def running(alice, checkpoint):
    make_job(alice, checkpoint)
    return claim(worker="w1", lanes=LANES)


def lose(job):
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - reaper.LEASE - timedelta(seconds=1))


def test_the_oldest_waiting_job_is_claimed_once(alice, charlie, checkpoint):
    jobs = [make_job(owner, checkpoint) for owner in (alice, charlie)]
    claimed = [claim(worker="w", lanes=LANES) for _ in range(3)]
    assert [job and job.pk for job in claimed] == [jobs[0].pk, jobs[1].pk, None]
    assert claimed[0].worker == "w"
    assert claimed[0].heartbeat_at is not None


def test_interactive_goes_before_batch(alice, checkpoint):
    slow, quick = make_job(alice, checkpoint), make_job(alice, checkpoint)
    Job.objects.filter(pk=slow.pk).update(lane="batch")
    assert claim(worker="w", lanes=LANES) == quick
    assert claim(worker="w", lanes=("batch",)) == slow


def test_a_stale_lease_is_given_away_with_a_new_attempt(running):
    assert reaper.reap() == 0
    lose(running)
    assert reaper.reap() == 1
    again = claim(worker="w2", lanes=LANES)
    assert again == running
    assert (again.attempt, again.losses) == (2, 1)
    assert again.sequence > SEQUENCES_PER_ATTEMPT


def test_who_lost_the_lease_may_write_nothing(running):
    assert owns(running.pk, running.attempt)
    lease = Lease(running)
    lose(running)
    reaper.reap()
    claim(worker="w2", lanes=LANES)
    assert not owns(running.pk, running.attempt)
    lease.beat()
    assert lease.stop is Stop.LOST


def test_a_heartbeat_renews_the_lease_and_tells_how_far_it_is(running):
    lose(running)
    lease = Lease(running, step=3, total=20)
    lease.beat()
    assert reaper.reap() == 0
    running.refresh_from_db()
    assert (running.step, running.total) == (3, 20)


def test_a_poisonous_job_fails_in_the_end(running):
    for _ in range(MAX_ATTEMPTS):
        lose(running)
        reaper.reap()
        claim(worker="w", lanes=LANES)
    running.refresh_from_db()
    assert (running.status, running.error_code) == ("failed", "worker_lost")
    assert claim(worker="w", lanes=LANES) is None


def test_giving_back_on_purpose_is_no_loss(running):
    for _ in range(MAX_ATTEMPTS + 1):
        assert reaper.hand_back(running)
        running = claim(worker="w", lanes=LANES)
    assert running.losses == 0


def test_jobs_of_a_worker_known_dead_go_back_at_once(running):
    assert reaper.release_worker("somebody else") == 0
    assert reaper.release_worker("w1") == 1
    running.refresh_from_db()
    assert running.status == "queued"


def test_a_job_cancelled_while_its_worker_died_ends_cancelled(running, alice):
    cancel_job(job=running, actor=alice)
    assert running.status == "running"
    lose(running)
    reaper.reap()
    running.refresh_from_db()
    assert running.status == "cancelled"


def test_a_beat_sees_that_the_job_was_cancelled(running, alice):
    lease = Lease(running)
    cancel_job(job=running, actor=alice)
    lease.beat()
    assert lease.stop is Stop.CANCELLED


def test_cancelling_is_final_and_idempotent(alice, checkpoint):
    job = make_job(alice, checkpoint)
    assert cancel_job(job=job, actor=alice).status == "cancelled"
    sequence = job.sequence
    assert cancel_job(job=job, actor=alice).sequence == sequence
    assert claim(worker="w", lanes=LANES) is None


def test_cancelling_for_somebody_else_is_written_down(running, bob):
    cancel_job(job=running, actor=bob)
    cancel_job(job=running, actor=bob)
    assert [event.action for event in AuditEvent.objects.all()] == ["job.cancelled"]


def test_a_job_that_went_back_keeps_its_place_in_line(running, alice, checkpoint):
    make_job(alice, checkpoint)
    lose(running)
    reaper.reap()
    assert claim(worker="w", lanes=LANES) == running


def test_places_count_from_the_next_and_add_up_costs(alice, checkpoint):
    checkpoint.step_seconds = 2.0
    checkpoint.save()
    jobs = [make_job(alice, checkpoint, count=count) for count in (1, 2)]
    places = eta.places()
    one = 2.0 * 20 * 128 * 128 / 1e6
    assert [places[job.pk].position for job in jobs] == [1, 2]
    assert places[jobs[1].pk].eta_seconds == pytest.approx(3 * one, abs=0.1)


def test_costs_are_learned_from_what_was_measured(checkpoint):
    costs.learn(checkpoint.pk, seconds=4.0, units=2.0)
    checkpoint.refresh_from_db()
    assert checkpoint.step_seconds == 2.0
    costs.learn(checkpoint.pk, seconds=8.0, units=2.0)
    checkpoint.refresh_from_db()
    assert 2.0 < checkpoint.step_seconds < 4.0
