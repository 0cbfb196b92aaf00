"""State machine of jobs: which moves are allowed, and which never are."""

import itertools
import uuid

import pytest
from django.db import OperationalError, connection

from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.jobs.lifecycle import MOVES, may_store, move, owns
from generation.models import Job
from generation.parameters.ranges import RANGES
from generation.worker.lease import Lease
from tests.support.factories import make_job

STATES = [state.value for state in Job.Status]
LANES = ("interactive", "batch")


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


def test_a_move_from_named_states_leaves_others_alone(job):
    assert not move(job.pk, "cancelled", sources=("running",))
    job.refresh_from_db()
    assert job.status == "queued"
    assert move(job.pk, "cancelled", sources=("queued",))


def test_every_move_raises_the_sequence_above_what_was_sent(job):
    assert move(job.pk, "running", sequence=41)
    job.refresh_from_db()
    assert job.sequence == 42
    assert move(job.pk, "succeeded", sequence=3)
    job.refresh_from_db()
    assert job.sequence == 43


def test_the_first_sequence_is_one(job):
    Job.objects.filter(pk=job.pk).update(sequence=0)
    assert move(job.pk, "running")
    job.refresh_from_db()
    assert job.sequence == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_that_cannot_be_published_does_not_undo_the_move(job, caplog):
    def cut_after_commit(execute, sql, params, many, context):
        if sql.startswith("SELECT") and not context["connection"].in_atomic_block:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(cut_after_commit):
        assert move(job.pk, "cancelled")
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "Error calling" in caplog.text


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


def test_sequences_of_a_second_attempt_lie_above_all_that_the_first_can_have_sent(job):
    first = Lease(claim(worker="w1", lanes=LANES))
    # Progress and a preview of each image at each step, of both passes, and DPM2's two calls a step.
    for _ in range(4):
        first.next_sequence()
    most = RANGES["count"].most * RANGES["steps"].most * 2 * 2 * 2
    assert reaper.release_worker("w1") == 1
    job.refresh_from_db()
    second = Lease(claim(worker="w2", lanes=LANES))
    assert job.sequence > first.sequence + most
    assert second.next_sequence() > job.sequence


class TestFence:
    """Storing and writing are for the attempt that holds the running job."""

    def test_only_the_attempt_that_holds_the_job_may_store(self, job):
        former = claim(worker="w1", lanes=LANES)
        assert may_store(job.pk, former.attempt, 0)
        assert owns(job.pk, former.attempt)
        reaper.hand_back(former)
        assert not may_store(job.pk, former.attempt, 0)
        current = claim(worker="w2", lanes=LANES)
        assert not may_store(job.pk, former.attempt, 0)
        assert not owns(job.pk, former.attempt)
        assert may_store(job.pk, current.attempt, 0)

    def test_nothing_is_stored_once_the_job_has_ended(self, job):
        held = claim(worker="w1", lanes=LANES)
        assert move(job.pk, "cancelled", held=held.attempt)
        assert not may_store(job.pk, held.attempt, 0)
        assert not owns(job.pk, held.attempt)

    def test_a_dropped_image_is_not_stored_and_the_others_are(self, job):
        held = claim(worker="w1", lanes=LANES)
        Job.objects.filter(pk=job.pk).update(dropped=[1])
        assert [may_store(job.pk, held.attempt, index) for index in (0, 1, 2)] == [True, False, True]
