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
from generation.queue import tickets
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def running(alice, checkpoint):
    make_job(alice, checkpoint)
    return claim(worker="w1", lanes=LANES)


def lose(job):
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - reaper.LEASE - timedelta(seconds=1))


def waiting_tickets():
    return tuple(tickets._get_queue(lane).count for lane in LANES)


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


def test_what_was_given_back_is_not_given_back_again(running):
    assert reaper.hand_back(running)
    again = claim(worker="w2", lanes=LANES)
    assert not reaper.hand_back(running)
    again.refresh_from_db()
    assert (again.status, again.attempt, again.worker) == ("running", 2, "w2")


def test_a_stale_row_of_a_former_attempt_neither_fails_nor_cancels_the_next(running, alice):
    former = Job.objects.get(pk=running.pk)
    assert reaper.hand_back(running)
    again = claim(worker="w2", lanes=LANES)
    former.losses = MAX_ATTEMPTS
    assert reaper._reap_job(former) == 0
    former.cancel_requested_at = timezone.now()
    assert reaper._reap_job(former) == 0
    again.refresh_from_db()
    assert (again.status, again.attempt) == ("running", 2)


def test_a_job_that_went_back_shows_no_progress_of_the_lost_attempt(running):
    Job.objects.filter(pk=running.pk).update(step=7, total=20)
    lose(running)
    reaper.reap()
    running.refresh_from_db()
    assert (running.step, running.worker, running.heartbeat_at, running.started_at) == (0, "", None, None)
    Job.objects.filter(pk=running.pk).update(step=7, total=20)
    again = claim(worker="w2", lanes=LANES)
    assert (again.step, again.total) == (0, 0)


def test_a_requeued_job_gets_a_ticket_on_commit(running, valkey, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert reaper.hand_back(running)
        assert waiting_tickets() == (0, 0)
    assert waiting_tickets() == (1, 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert not reaper.hand_back(running)
    assert waiting_tickets() == (1, 0)


def test_queued_jobs_without_a_ticket_get_one(running, alice, checkpoint, valkey, django_capture_on_commit_callbacks):
    make_job(alice, checkpoint)
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            reaper.reap()
        assert waiting_tickets() == (1, 0)


def test_a_lease_of_exactly_its_length_is_not_stale(running):
    now = timezone.now()
    Job.objects.filter(pk=running.pk).update(heartbeat_at=now - reaper.LEASE)
    assert reaper.reap(now) == 0
    assert reaper.reap(now + timedelta(microseconds=1)) == 1


def test_a_clock_that_was_set_back_charges_nothing(running):
    later = timezone.now() + timedelta(hours=1)
    Job.objects.filter(pk=running.pk).update(started_at=later)
    assert reaper.release_worker("w1") == 1
    running.refresh_from_db()
    assert (running.status, running.used_seconds) == ("queued", 0.0)


@pytest.mark.parametrize("missing", ["started_at", "heartbeat_at"])
def test_an_attempt_without_a_time_charges_nothing(running, missing):
    Job.objects.filter(pk=running.pk).update(**{missing: None})
    assert reaper.release_worker("w1") == 1
    running.refresh_from_db()
    assert (running.status, running.used_seconds) == ("queued", 0.0)
