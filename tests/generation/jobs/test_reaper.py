"""Jobs of workers that are gone: given back, failed after too many attempts, cancelled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import SEQUENCES_PER_ATTEMPT
from generation.models import Job
from generation.models.job import MAX_ATTEMPTS
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def running(alice, checkpoint):
    make_job(alice, checkpoint)
    return claim(worker="w1", lanes=LANES)


def lose(job):
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - reaper.LEASE - timedelta(seconds=1))


def test_a_stale_lease_is_given_away_with_a_new_attempt(running):
    assert reaper.reap() == 0
    lose(running)
    assert reaper.reap() == 1
    again = claim(worker="w2", lanes=LANES)
    assert again == running
    assert (again.attempt, again.losses) == (2, 1)
    assert again.sequence > SEQUENCES_PER_ATTEMPT


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


def test_a_job_that_went_back_keeps_its_place_in_line(running, alice, checkpoint):
    make_job(alice, checkpoint)
    lose(running)
    reaper.reap()
    assert claim(worker="w", lanes=LANES) == running
