"""Proof of fair share: a heavy user among light ones, and ten thousand jobs of mixed cost."""

import random
from collections import Counter

import pytest
from django.contrib.auth.models import Group

from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job, RoleLimits, Share
from generation.queue.forecast import forecast
from tests.support.factories import make_job, make_user

LANES = ("interactive", "batch")
SECONDS = 820  # of work for each unit of weight


def test_ten_users_with_one_job_start_after_at_most_two_of_two_hundred(alice, checkpoint):
    heavy = [make_job(alice, checkpoint).pk for _ in range(200)]
    first = claim(worker="w", lanes=LANES)
    assert move(first.pk, "succeeded", held=first.attempt)
    light = [make_user(f"user{number}") for number in range(10)]
    for owner in light:
        make_job(owner, checkpoint)
    turns = []
    while {owner.pk for owner in light} - set(turns):
        job = claim(worker="w", lanes=LANES)
        assert move(job.pk, "succeeded", held=job.attempt)
        turns.append(job.owner_id)
    for owner in light:
        assert turns[: turns.index(owner.pk)].count(alice.pk) <= 2
    assert Job.objects.filter(pk__in=heavy, status="queued").count() >= 197


@pytest.fixture
def crowd(db, checkpoint):
    """Twenty users of several weights with about 10,000 jobs: many cheap ones, or few expensive ones."""
    dice = random.Random(11)
    users = [make_user(f"user{number}") for number in range(20)]
    patrons = Group.objects.create(name="patrons")
    patrons.user_set.set(users[15:])
    RoleLimits.objects.create(group=patrons, weight=2)
    jobs, weights = [], {}
    for number, owner in enumerate(users):
        weight, longest = (0.5, 1, 1, 2)[number % 4], (2, 5, 20)[number % 3]
        Share.objects.create(owner=owner, weight=weight)
        weights[owner.pk] = weight * (2 if number >= 15 else 1)
        # As much work for each as their weight is, so that all wait to the end.
        for _ in range(round(SECONDS * weights[owner.pk] * 2 / longest)):
            cost = dice.uniform(0, longest)
            jobs.append(Job(owner=owner, source="api", parameters={}, checkpoint=checkpoint, predicted_seconds=cost))
    Job.objects.bulk_create(jobs)
    return weights


def worst_error(seconds, weights, waiting):
    """Return the largest difference between share and weight among the waiting users."""
    had, weight = sum(seconds[owner] for owner in waiting), sum(weights[owner] for owner in waiting)
    return max(abs(seconds[owner] / had / (weights[owner] / weight) - 1) for owner in waiting)


def test_every_waiting_user_has_a_share_within_a_tenth_of_their_weight(crowd):
    rows = {pk: (owner, cost) for pk, owner, cost in Job.objects.values_list("pk", "owner_id", "predicted_seconds")}
    left = Counter(owner for owner, _ in rows.values())
    seconds, errors, started = Counter(), [], 0
    for pk, _ in forecast(LANES, len(rows)):
        owner, cost = rows[pk]
        seconds[owner] += cost
        left[owner] -= 1
        started += 1
        # A turn is a whole job, and the longest is 20 s: before each has had many, one more or less is not a tenth.
        if all(left.values()) and started > len(rows) / 2:
            errors.append(worst_error(seconds, crowd, list(left)))
    assert started == len(rows) >= 10_000
    assert len(errors) > 4000
    assert max(errors) < 0.1


def test_the_simulated_turns_are_those_of_claim(crowd):
    predicted = [pk for pk, _ in forecast(LANES, 150)]
    turns = []
    for _ in predicted:
        job = claim(worker="w", lanes=LANES)
        Job.objects.filter(pk=job.pk).update(used_seconds=job.predicted_seconds)
        assert move(job.pk, "succeeded", held=job.attempt)
        turns.append(job.pk)
    assert turns == predicted
