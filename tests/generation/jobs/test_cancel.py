"""Cancelling a job: final, idempotent, and recorded when another user does it."""

import pytest

from generation import redis_client
from generation.errors import JobRefused
from generation.jobs.cancel import cancel_all, cancel_job, drop_image
from generation.jobs.claim import claim
from generation.models import Job
from generation.queue.tickets import CANCEL_CHANNEL
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def running(alice, checkpoint):
    make_job(alice, checkpoint)
    return claim(worker="w1", lanes=LANES)


def test_cancelling_is_final_and_idempotent(alice, checkpoint):
    job = make_job(alice, checkpoint)
    assert cancel_job(job=job, actor=alice).status == "cancelled"
    sequence = job.sequence
    assert cancel_job(job=job, actor=alice).sequence == sequence
    assert claim(worker="w", lanes=LANES) is None


def test_cancelling_for_somebody_else_is_written_down(running, bob):
    cancel_job(job=running, actor=bob)
    cancel_job(job=running, actor=bob)
    assert [event.action for event in AuditEvent.objects.all()] == ["job.cancelled"]
    [event] = AuditEvent.objects.all()
    assert (event.actor, event.target) == (bob, str(running.pk))


def test_dropping_an_image_for_somebody_else_is_recorded_once(alice, bob, checkpoint):
    job = make_job(alice, checkpoint, count=3)
    drop_image(job=job, index=1, actor=bob)
    drop_image(job=job, index=1, actor=bob)
    drop_image(job=job, index=2, actor=alice)
    [event] = AuditEvent.objects.all()
    assert (event.action, event.actor, event.target) == ("job.image_dropped", bob, str(job.pk))
    assert event.detail["index"] == 1


@pytest.fixture
def cancellations(valkey):
    """Return a function that returns the jobs of the cancellations that workers have received since the last call."""
    with redis_client.connection().pubsub() as subscription:
        subscription.subscribe(CANCEL_CHANNEL)
        assert subscription.get_message(timeout=5)["type"] == "subscribe"

        def received():
            connection = redis_client.connection()
            connection.publish(CANCEL_CHANNEL, "last")
            found = []
            while (message := subscription.get_message(timeout=5))["data"] != b"last":
                found.append(message["data"].decode())
            return found

        yield received


def test_workers_are_told_of_running_jobs_on_commit(
    alice, checkpoint, cancellations, django_capture_on_commit_callbacks
):
    jobs = [make_job(alice, checkpoint, count=2) for _ in range(3)]
    running = [claim(worker="w1", lanes=LANES) for _ in range(2)]
    with django_capture_on_commit_callbacks(execute=True):
        cancel_job(job=running[0], actor=alice)
        drop_image(job=running[1], index=0, actor=alice)
        assert cancellations() == []
    assert cancellations() == [str(job.pk) for job in running]
    with django_capture_on_commit_callbacks(execute=True):
        cancel_job(job=running[0], actor=alice)
        cancel_job(job=jobs[2], actor=alice)
    assert cancellations() == []


def test_all_jobs_of_a_user_and_no_others_are_cancelled(alice, charlie, checkpoint):
    for owner in (alice, alice, charlie):
        make_job(owner, checkpoint)
    claim(worker="w1", lanes=LANES)
    assert cancel_all(owner=alice) == 2
    assert cancel_all(owner=alice) == 0
    states = Job.objects.order_by("created_at").values_list("owner__username", "status")
    assert sorted(states) == [("alice", "cancelled"), ("alice", "running"), ("charlie", "queued")]
    assert Job.objects.exclude(cancel_requested_at=None).count() == 2


@pytest.mark.parametrize(
    ("index", "ended", "code", "status", "words"),
    [
        (-1, False, "not_found", 404, "This job has the images 0 to 2; got -1."),
        (3, False, "not_found", 404, "This job has the images 0 to 2; got 3."),
        (0, True, "job_finished", 409, "The job has ended; it is cancelled."),
    ],
)
def test_what_cannot_be_dropped_is_refused(alice, checkpoint, index, ended, code, status, words):
    job = make_job(alice, checkpoint, count=3)
    if ended:
        cancel_job(job=job, actor=alice)
    with pytest.raises(JobRefused) as refused:
        drop_image(job=job, index=index, actor=alice)
    assert (refused.value.code, refused.value.status, refused.value.message) == (code, status, words)
