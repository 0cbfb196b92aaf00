"""The end of a job: which state it ends in, only once, and only by the attempt that holds it."""

import pytest
from django.db import OperationalError, connections

from generation.jobs import reaper
from generation.jobs.claim import claim
from generation.models import Checkpoint, Job, MeasuredSpeed
from generation.queue.speeds import Call
from generation.worker import db_retry
from generation.worker.lease import Lease, Stop
from generation.worker.outcome import conclude
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def lease(alice, checkpoint):
    """The lease of a job of two images, both stored."""
    make_job(alice, checkpoint, count=2)
    lease = Lease(claim(worker="w1", lanes=LANES), leads=True)
    lease.plan([])
    lease.missing, lease.stored, lease.generated, lease.generating = set(), 2, 2, False
    lease.total = 20
    lease.earlier_seconds = 6.0
    lease.calls = [Call("cpu", 128, 128, 2, step_seconds=0.2, rest_seconds=2.0)]
    return lease


def row():
    return Job.objects.get()


def speed():
    return MeasuredSpeed.objects.first()


def test_a_job_whose_images_are_stored_succeeds(lease):
    assert conclude(lease)
    job = row()
    assert (job.status, job.step, job.total, job.used_seconds) == ("succeeded", 20, 20, 6.0)
    assert job.timings["store"] >= 0
    assert (speed().images, speed().step_seconds, speed().rest_seconds) == (2, 0.2, 2.0)
    assert not conclude(lease)
    assert speed().runs == 1


def test_nothing_is_learned_from_jobs_that_stand_for_no_call(lease):
    lease.calls = []
    conclude(lease)
    assert (row().status, speed()) == ("succeeded", None)


def test_nothing_is_learned_from_a_job_whose_checkpoint_is_gone(lease):
    Job.objects.update(checkpoint=None)
    lease.job.refresh_from_db()
    Checkpoint.objects.all().delete()
    conclude(lease)
    assert (row().status, speed()) == ("succeeded", None)


def test_a_success_forgets_the_last_error_of_the_checkpoint(lease):
    Checkpoint.objects.update(last_error="yesterday")
    conclude(lease)
    assert Checkpoint.objects.get().last_error == ""


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ({"failure": ("out_of_memory", "m")}, "failed", "out_of_memory"),
        ({"failure": ("out_of_memory", "m"), "storing": 1}, "running", ""),
        ({"storing": 1}, "running", ""),
        ({"missing": {1}, "generating": True}, "running", ""),
        ({"missing": {1}, "generating": False}, "failed", "internal_error"),
        ({"missing": {1}, "dropped": frozenset({1})}, "succeeded", ""),
        ({"missing": {0, 1}, "dropped": frozenset({0, 1}), "stored": 0}, "cancelled", ""),
        ({"missing": None, "generating": True}, "running", ""),
        ({"stop": Stop.CANCELLED, "storing": 1}, "cancelled", ""),
        ({"stop": Stop.LOST, "storing": 1}, "running", ""),
        ({"stop": Stop.HANDED_BACK, "missing": {1}}, "queued", ""),
        ({"stop": Stop.HANDED_BACK}, "succeeded", ""),
    ],
)
def test_the_state_of_the_lease_decides_how_the_job_ends(lease, state, status, code):
    for name, value in state.items():
        setattr(lease, name, value)
    ended = conclude(lease)
    assert (row().status, row().error_code) == (status, code)
    assert ended is (status != "running" or lease.stop is Stop.LOST)


def test_a_job_of_which_every_image_was_refused_says_so(lease):
    lease.missing, lease.dropped, lease.stored, lease.job.refused = {0, 1}, frozenset({0, 1}), 0, [0, 1]
    conclude(lease)
    assert (row().status, row().error_code) == ("failed", "refused_by_safety")


def test_a_checkpoint_at_fault_notes_the_error_and_others_do_not(lease):
    lease.failure = ("out_of_memory", "m")
    conclude(lease)
    assert Checkpoint.objects.get().last_error == ""
    lease.ended, lease.failure = False, ("checkpoint_invalid", "no weights")
    conclude(lease)
    assert Checkpoint.objects.get().last_error.endswith("checkpoint_invalid: no weights")


@pytest.mark.parametrize(
    "state",
    [{}, {"failure": ("internal_error", "m")}, {"stop": Stop.CANCELLED}, {"stop": Stop.HANDED_BACK, "missing": {1}}],
)
def test_a_former_attempt_ends_nothing_of_the_next(lease, state):
    """A worker that was frozen wakes up after its job went to another one."""
    assert reaper.hand_back(Job.objects.get())
    claim(worker="w2", lanes=LANES)
    for name, value in state.items():
        setattr(lease, name, value)
    assert conclude(lease)
    job = row()
    assert (job.status, job.attempt, job.worker, job.error_code, job.used_seconds) == ("running", 2, "w2", "", 0)
    assert speed() is None


def test_the_sequence_of_the_end_is_above_what_was_sent(lease):
    for _ in range(9):
        lease.next_sequence()
    conclude(lease)
    assert row().sequence == lease.sequence + 1


@pytest.mark.django_db(transaction=True)  # a real commit
class TestLostAnswer:
    """The connection breaks after the end was committed, so that the worker tries again."""

    def test_it_counts_as_ended_by_this_attempt(self, lease, monkeypatch):
        monkeypatch.setattr(db_retry, "FIRST_PAUSE_SECONDS", 0.001)
        commit = connections["default"].__class__._commit
        answers = iter([OperationalError("server closed the connection unexpectedly")])

        def commit_and_lose_the_answer(self):
            commit(self)
            if error := next(answers, None):
                raise error

        monkeypatch.setattr(connections["default"].__class__, "_commit", commit_and_lose_the_answer)
        assert conclude(lease)
        assert next(answers, None) is None
        assert row().status == "succeeded"
        assert speed().runs == 1

    def test_the_same_end_of_another_attempt_does_not(self, lease):
        Job.objects.update(attempt=2, status="succeeded")
        assert conclude(lease)
        assert speed() is None
