"""One's own order: move to front, drag, and what claims and strangers make of it."""

import uuid

import pytest
from django.http import Http404

from generation.errors import JobRefused
from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.jobs.reorder import move_to_front, reorder
from generation.models import Job
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def jobs(alice, checkpoint):
    return [make_job(alice, checkpoint) for _ in range(5)]


def line(owner):
    return list(Job.objects.queued().filter(owner=owner))


def test_to_the_front_is_next(alice, jobs):
    move_to_front(job=jobs[3])
    assert line(alice) == [jobs[3], jobs[0], jobs[1], jobs[2], jobs[4]]
    move_to_front(job=jobs[4])
    assert claim(worker="w", lanes=LANES) == jobs[4]
    assert claim(worker="w", lanes=LANES) == jobs[3]


def test_to_the_front_of_ones_own_line_takes_nobody_elses_turn(alice, charlie, checkpoint, jobs):
    theirs = make_job(charlie, checkpoint)
    first = claim(worker="w", lanes=LANES)
    move_to_front(job=jobs[4])
    assert first == jobs[0]
    assert claim(worker="w", lanes=LANES) == theirs


def test_what_no_longer_waits_is_left_alone(alice, jobs):
    running = claim(worker="w", lanes=LANES)
    assert move_to_front(job=running).status == "running"
    assert line(alice) == jobs[1:]


def test_a_drag_changes_places_among_those_named(alice, jobs):
    assert reorder(owner=alice, job_ids=[jobs[3].pk, jobs[1].pk]) == [jobs[3].pk, jobs[1].pk]
    assert line(alice) == [jobs[0], jobs[3], jobs[2], jobs[1], jobs[4]]
    reorder(owner=alice, job_ids=[job.pk for job in reversed(jobs)])
    assert line(alice) == jobs[::-1]


def test_jobs_that_started_meanwhile_are_left_out(alice, jobs):
    claim(worker="w", lanes=LANES)
    wanted = [jobs[4].pk, jobs[0].pk, jobs[1].pk]
    assert reorder(owner=alice, job_ids=wanted) == [jobs[4].pk, jobs[1].pk]
    assert line(alice) == [jobs[4], jobs[2], jobs[3], jobs[1]]


def test_equal_ranks_come_apart(alice, jobs):
    Job.objects.update(rank=7)
    reorder(owner=alice, job_ids=[job.pk for job in reversed(jobs)])
    assert line(alice) == jobs[::-1]


def test_a_job_that_comes_back_keeps_the_place_it_was_given(alice, jobs):
    move_to_front(job=jobs[2])
    running = claim(worker="w", lanes=LANES)
    assert reaper.hand_back(running)
    assert line(alice)[0] == jobs[2]


@pytest.mark.parametrize("stranger", ["theirs", "nobodys"])
def test_a_strangers_job_is_not_there(alice, charlie, checkpoint, jobs, stranger):
    theirs = make_job(charlie, checkpoint).pk if stranger == "theirs" else uuid.uuid4()
    with pytest.raises(Http404):
        reorder(owner=alice, job_ids=[jobs[1].pk, theirs, jobs[0].pk])
    assert line(alice) == jobs


def test_the_same_job_twice_is_refused(alice, jobs):
    with pytest.raises(JobRefused, match="each job once"):
        reorder(owner=alice, job_ids=[jobs[1].pk, jobs[1].pk])
