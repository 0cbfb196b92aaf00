"""State machine of jobs: which moves are allowed, and which never are."""

import itertools
import uuid

import pytest

from generation.jobs.lifecycle import MOVES, SEQUENCES_PER_ATTEMPT, move
from generation.models import Job
from tests.support.factories import make_job

STATES = [state.value for state in Job.Status]


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint)


@pytest.mark.parametrize(("source", "target"), list(itertools.product(STATES, STATES)))
def test_a_job_moves_only_along_the_table(job, source, target):
    Job.objects.filter(pk=job.pk).update(status=source)
    allowed = target in MOVES.get(source, ())
    assert move(job.pk, target) is allowed
    job.refresh_from_db()
    assert job.status == (target if allowed else source)


def test_every_move_raises_the_sequence_above_what_was_sent(job):
    assert move(job.pk, "running", sequence=41)
    job.refresh_from_db()
    assert job.sequence == 42
    assert move(job.pk, "succeeded", sequence=3)
    job.refresh_from_db()
    assert job.sequence == 43


def test_another_attempt_moves_nothing(job):
    Job.objects.filter(pk=job.pk).update(status="running", attempt=2)
    assert not move(job.pk, "succeeded", held=1)
    assert move(job.pk, "succeeded", held=2)


def test_terminal_moves_note_when(job):
    move(job.pk, "cancelled")
    job.refresh_from_db()
    assert job.finished_at is not None


def test_a_move_of_nothing_is_no_move(db):
    assert not move(uuid.uuid4(), "running")


def test_sequences_of_a_second_attempt_lie_above_the_first(job):
    assert SEQUENCES_PER_ATTEMPT > 16 * 150 * 2 * 10
