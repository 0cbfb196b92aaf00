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
from tests.support.factories import make_user

LANES = ("interactive", "batch")


def take():
    return claim(worker="w", lanes=LANES)


def finish(job, seconds):
    Job.objects.filter(pk=job.pk).update(started_at=timezone.now() - timedelta(seconds=seconds))
    assert move(job.pk, "succeeded", held=job.attempt)


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
    for _ in range(150):
        submit(alice, seconds=dice.uniform(0.5, 4))
        submit(charlie, seconds=dice.uniform(0.5, 4))
    Share.objects.filter(owner=alice).update(weight=2)
    seconds = Counter()
    for _ in range(200):
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


def test_two_free_workers_choose_two_users(alice, charlie, submit):
    for owner in (alice, alice, charlie):
        submit(owner)
    assert {take().owner_id, take().owner_id} == {alice.pk, charlie.pk}


def test_a_row_stored_without_submit_job_is_generated_too(alice, submit):
    submit(alice)
    Share.objects.all().delete()
    assert take() is not None
