"""Fair share: turns by accelerator seconds used, whatever the number of jobs."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job, Share
from generation.models.job import MAX_ATTEMPTS
from generation.queue import fairness
from tests.support.factories import make_user
from tests.support.queue_turns import role

LANES = ("interactive", "batch")


def take():
    return claim(worker="w", lanes=LANES)


def finish(job, seconds):
    Job.objects.filter(pk=job.pk).update(started_at=timezone.now() - timedelta(seconds=seconds))
    assert move(job.pk, "succeeded", held=job.attempt)


def lose_after(job, *, seconds, ago=timedelta(minutes=1)):
    """Let the worker of `job` have run for `seconds` until its last heartbeat, and reap it."""
    heartbeat = timezone.now() - ago
    Job.objects.filter(pk=job.pk).update(started_at=heartbeat - timedelta(seconds=seconds), heartbeat_at=heartbeat)
    assert reaper.reap() == 1


def used(owner):
    return Share.objects.get(owner=owner).virtual_seconds


def test_a_heavy_user_cannot_starve_the_others(alice, submit):
    for _ in range(30):
        submit(alice)
    others = [make_user(f"user{number}") for number in range(5)]
    finish(take(), 1)
    for owner in others:
        submit(owner)
    turns = []
    while job := take():
        finish(job, 1)
        turns.append(job.owner_id)
    for owner in others:
        assert turns[: turns.index(owner.pk)].count(alice.pk) <= 2


def test_the_jobs_of_one_user_run_in_order_of_arrival(alice, charlie, submit):
    jobs = [submit(alice) for _ in range(3)]
    submit(charlie)
    order = []
    while job := take():
        order.append(job)
        finish(job, 1)
    assert [job for job in order if job.owner_id == alice.pk] == jobs


def test_a_user_who_was_away_does_not_save_up_turns(alice, charlie, submit):
    submit(charlie)
    finish(take(), 1)
    for _ in range(10):
        submit(alice)
    for _ in range(5):
        finish(take(), 100)
    submit(charlie)
    submit(charlie)
    assert used(charlie) == pytest.approx(used(alice), abs=100)
    turns = []
    for _ in range(2):
        job = take()
        turns.append(job.owner_id)
        finish(job, 100)
    assert turns.count(charlie.pk) == 1


def test_the_first_user_after_a_quiet_hour_gets_no_advantage(alice, charlie, submit):
    submit(alice)
    finish(take(), 1000)
    for _ in range(3):
        submit(charlie)
    submit(alice)
    turns = []
    while job := take():
        turns.append(job.owner_id)
        finish(job, 1)
    assert turns.index(alice.pk) <= 2


def test_seconds_count_not_jobs(alice, charlie, submit):
    for _ in range(20):
        submit(alice, seconds=10)
        submit(charlie, seconds=1)
    turns = Counter()
    for _ in range(12):
        job = take()
        turns[job.owner_id] += 1
        finish(job, job.predicted_seconds)
    assert turns[charlie.pk] >= 9


def test_twice_the_weight_is_twice_the_share(alice, charlie, submit):
    dice = random.Random(5)
    for _ in range(50):
        submit(alice, seconds=dice.uniform(0.5, 4))
        submit(charlie, seconds=dice.uniform(0.5, 4))
    Share.objects.filter(owner=alice).update(weight=2)
    seconds = Counter()
    for _ in range(60):
        job = take()
        actual = Job.objects.get(pk=job.pk).predicted_seconds * dice.uniform(0.8, 1.25)
        seconds[job.owner_id] += actual
        finish(job, actual)
    assert seconds[alice.pk] / seconds[charlie.pk] == pytest.approx(2, rel=0.1)


def test_starting_costs_the_prediction_and_the_end_corrects_it(alice, submit):
    submit(alice, seconds=5)
    job = take()
    assert used(alice) == pytest.approx(5)
    finish(job, 2)
    assert used(alice) == pytest.approx(2, abs=0.2)


def test_lost_work_costs_nothing(alice, submit):
    submit(alice, seconds=5)
    assert reaper.hand_back(take())
    assert used(alice) == pytest.approx(0)
    cancel_job(job=Job.objects.get(), actor=alice)
    assert used(alice) == pytest.approx(0)


def test_the_seconds_of_lost_workers_are_charged_at_the_end(alice, submit):
    submit(alice, seconds=5)
    for _ in range(2):
        lose_after(take(), seconds=20)
        assert used(alice) == pytest.approx(0)
    finish(take(), 3)
    lost = 2 * (20 + reaper.LEASE.total_seconds())
    assert Job.objects.get().used_seconds == pytest.approx(lost, abs=1)
    assert used(alice) == pytest.approx(lost, abs=1)


def test_cancelling_after_a_lost_worker_does_not_save_its_seconds(alice, submit):
    submit(alice, seconds=5)
    lose_after(take(), seconds=20)
    cancel_job(job=Job.objects.get(), actor=alice)
    assert used(alice) == pytest.approx(20 + reaper.LEASE.total_seconds(), abs=1)


def test_a_job_that_loses_every_worker_costs_all_of_them(alice, submit):
    submit(alice, seconds=5)
    for _ in range(MAX_ATTEMPTS):
        lose_after(take(), seconds=20)
    assert Job.objects.get().error_code == "worker_lost"
    assert used(alice) == pytest.approx(MAX_ATTEMPTS * (20 + reaper.LEASE.total_seconds()), abs=1)


def test_a_night_without_workers_is_not_charged(alice, submit):
    submit(alice, seconds=5)
    lose_after(take(), seconds=20, ago=timedelta(hours=9))
    finish(take(), 3)
    assert used(alice) < 30


def test_two_free_workers_choose_two_users(alice, charlie, submit):
    for owner in (alice, alice, charlie):
        submit(owner)
    assert {take().owner_id, take().owner_id} == {alice.pk, charlie.pk}


def test_a_row_stored_without_submit_job_is_generated_too(alice, submit):
    submit(alice)
    Share.objects.all().delete()
    assert take() is not None


class TestAdmission:
    """The virtual time with which a user begins who has no job."""

    @pytest.fixture
    def waiting(self, submit):
        """Three people with queued jobs, at 0, 50 and 100 seconds."""
        people = {float(seconds): make_user(f"person{seconds}") for seconds in (0, 50, 100)}
        for seconds, owner in people.items():
            submit(owner)
            Share.objects.filter(owner=owner).update(virtual_seconds=seconds)
        return people

    def test_a_newcomer_starts_at_the_smallest_of_the_active(self, waiting, alice):
        Job.objects.filter(owner=waiting[50.0]).update(status="running")
        Job.objects.filter(owner=waiting[100.0]).update(lane="batch")
        fairness.admit(alice.pk)
        assert used(alice) == 0
        Share.objects.filter(owner=waiting[0.0]).update(virtual_seconds=70)
        charlie = make_user("charlie")
        fairness.admit(charlie.pk)
        assert used(charlie) == 50

    def test_a_running_job_counts_as_active(self, waiting, alice):
        Job.objects.exclude(owner=waiting[50.0]).update(status="succeeded")
        Job.objects.filter(owner=waiting[50.0]).update(status="running")
        fairness.admit(alice.pk)
        assert used(alice) == 50

    def test_jobs_of_each_lane_count(self, waiting, alice):
        Job.objects.exclude(owner=waiting[100.0]).update(status="succeeded")
        Job.objects.update(lane="batch")
        fairness.admit(alice.pk)
        assert used(alice) == 100

    def test_without_active_users_a_newcomer_starts_at_the_greatest_of_all(self, waiting, alice):
        Job.objects.update(status="succeeded")
        fairness.admit(alice.pk)
        assert used(alice) == 100

    @pytest.mark.parametrize(
        ("status", "lane"), [("running", "interactive"), ("queued", "interactive"), ("queued", "batch")]
    )
    def test_a_user_with_a_job_keeps_their_time(self, waiting, status, lane):
        Job.objects.filter(owner=waiting[0.0]).update(status=status, lane=lane)
        Share.objects.filter(owner=waiting[0.0]).update(virtual_seconds=-5)
        fairness.admit(waiting[0.0].pk)
        assert used(waiting[0.0]) == -5

    def test_a_user_who_used_more_than_the_others_is_not_set_back(self, waiting, alice):
        Share.objects.create(owner=alice, virtual_seconds=500)
        fairness.admit(alice.pk)
        assert used(alice) == 500


def test_seconds_are_divided_by_the_weights_of_share_and_role(alice, charlie):
    role("patrons", alice, weight=2)
    for owner, weight in ((alice, 3), (charlie, 1)):
        Share.objects.create(owner=owner, weight=weight, passed_seconds=4)
        fairness.charge(owner.pk, 12)
    assert (used(alice), used(charlie)) == (2, 12)
    fairness.charge(charlie.pk, -2, passed_seconds=0)
    assert (used(charlie), Share.objects.get(owner=charlie).passed_seconds) == (10, 0)


def test_used_seconds_are_those_measured_and_else_those_that_passed(alice, submit):
    submit(alice, seconds=5)
    job = take()
    Job.objects.filter(pk=job.pk).update(used_seconds=3)
    finish(job, 100)
    assert Job.objects.get().used_seconds == 3
    assert used(alice) == pytest.approx(3)
    submit(alice, seconds=5)
    finish(take(), 20)
    assert Job.objects.order_by("created_at").last().used_seconds == pytest.approx(20, abs=1)
    assert used(alice) == pytest.approx(23, abs=1)


def test_a_job_that_is_cancelled_before_its_start_costs_nothing(alice, submit):
    submit(alice, seconds=5)
    cancel_job(job=Job.objects.get(), actor=alice)
    assert used(alice) == 0
    assert Job.objects.get().used_seconds == 0


def test_more_people_than_one_window_are_read_in_their_order(submit, monkeypatch):
    monkeypatch.setattr(fairness, "WINDOW", 2)
    people = [make_user(f"person{number}") for number in range(5)]
    for owner in people:
        submit(owner)
    assert [share.owner_id for share in fairness.iterate_in_windows(fairness.next_owners("interactive"))] == [
        owner.pk for owner in people
    ]
    assert list(fairness.next_owners("batch")) == []
