"""The order of turns: loaded checkpoints, limits of running jobs, weights."""

from collections import Counter

import pytest

from generation.jobs.claim import LOOKED_AT, PASSED_SECONDS
from generation.models import Job, Share
from generation.queue import eta
from tests.support.factories import make_checkpoint, make_user
from tests.support.queue_turns import done, queue_job, role, take


@pytest.fixture
def other(db):
    return make_checkpoint("other")


def test_a_loaded_checkpoint_goes_first_but_passes_nobody_by_more_than_the_bound(alice, charlie, checkpoint, other):
    queue_job(alice, other)
    for _ in range(20):
        queue_job(charlie, checkpoint, seconds=3)
    turns = []
    while (job := take(loaded=["starter"])).owner_id == charlie.pk:
        turns.append(job)
        done(job)
    assert job.checkpoint.slug == "other"
    assert len(turns) * 3 == pytest.approx(PASSED_SECONDS, abs=3)
    assert len(turns) * 3 <= PASSED_SECONDS


def test_the_bound_counts_anew_after_a_start_of_ones_own(alice, charlie, checkpoint, other):
    for _ in range(2):
        queue_job(alice, other)
    for _ in range(20):
        queue_job(charlie, checkpoint, seconds=3)
    owners = []
    while owners.count(alice.pk) < 2:
        job = take(loaded=["starter"])
        owners.append(job.owner_id)
        done(job)
    first, second = (number for number, owner in enumerate(owners) if owner == alice.pk)
    assert first * 3 <= PASSED_SECONDS
    assert second - first > 1
    # While Alice waited Charlie ran ahead; now he must also wait until it is his turn by the seconds both had.
    assert (second - first - 1) * 3 <= PASSED_SECONDS


def test_every_one_of_those_passed_over_is_within_the_bound(alice, charlie, checkpoint, other):
    waiting = [make_user(f"user{number}") for number in range(3)]
    for owner in waiting:
        queue_job(owner, other, seconds=4)
    for _ in range(10):
        queue_job(charlie, checkpoint, seconds=4)
    ahead = Counter()
    while Job.objects.queued().filter(owner__in=waiting).exists():
        job = take(loaded=["starter"])
        for share in Share.objects.filter(owner__in=waiting):
            assert share.passed_seconds <= PASSED_SECONDS
        ahead[job.owner_id] += job.owner_id == charlie.pk
        done(job)
    assert ahead[charlie.pk] == 2


def test_a_long_job_never_passes_anybody(alice, charlie, checkpoint, other):
    queue_job(alice, other)
    queue_job(charlie, checkpoint, seconds=PASSED_SECONDS + 1)
    assert take(loaded=["starter"]).owner_id == alice.pk


def test_who_is_at_the_limit_of_running_jobs_lets_others_go_first(alice, charlie, checkpoint):
    role("one at a time", alice, most_running=1)
    for _ in range(3):
        queue_job(alice, checkpoint, seconds=0.001)
    queue_job(charlie, checkpoint, seconds=100)
    queue_job(charlie, checkpoint, seconds=100)
    owners = [job.owner_id for job in (take(worker="a"), take(worker="b"), take(worker="c"))]
    assert owners == [alice.pk, charlie.pk, charlie.pk]
    assert take(worker="d") is None
    done(Job.objects.get(owner=alice, status="running"))
    assert take(worker="d").owner_id == alice.pk


def test_nobody_starves_behind_many_who_are_at_their_limit(charlie, checkpoint):
    crowd = [make_user(f"user{number}") for number in range(LOOKED_AT + 5)]
    role("one at a time", *crowd, most_running=1)
    for owner in crowd:
        queue_job(owner, checkpoint, seconds=0)
        queue_job(owner, checkpoint, seconds=0)
    for _ in crowd:
        assert take() is not None
    queue_job(charlie, checkpoint)
    Share.objects.filter(owner=charlie).update(virtual_seconds=1000)
    assert take().owner_id == charlie.pk
    assert take() is None


def test_the_weight_of_the_role_counts(alice, charlie, checkpoint):
    role("patrons", alice, weight=3)
    for _ in range(40):
        queue_job(alice, checkpoint)
        queue_job(charlie, checkpoint)
    told = list(eta.places(40))
    turns = Counter()
    for place in range(40):
        job = take()
        assert job.pk == told[place]
        turns[job.owner_id] += 1
        done(job)
    assert turns[alice.pk] == pytest.approx(30, abs=1)
