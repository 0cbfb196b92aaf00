"""Cancelling a job: final, idempotent, and recorded when another user does it."""

import pytest

from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
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
