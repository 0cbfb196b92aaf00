"""The lease of a worker: renewed by heartbeats, and no writes once it is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import owns
from generation.models import Job
from generation.worker.lease import Lease, Stop, renew
from tests.support.factories import make_job

LANES = ("interactive", "batch")


@pytest.fixture
def running(alice, checkpoint):
    make_job(alice, checkpoint)
    return claim(worker="w1", lanes=LANES)


def lose(job):
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - reaper.LEASE - timedelta(seconds=1))


def test_an_attempt_that_lost_its_lease_may_write_nothing(running):
    assert owns(running.pk, running.attempt)
    lease = Lease(running)
    lose(running)
    reaper.reap()
    claim(worker="w2", lanes=LANES)
    assert not owns(running.pk, running.attempt)
    renew([lease])
    assert lease.stop is Stop.LOST


def test_a_heartbeat_renews_the_lease_and_tells_how_far_it_is(running):
    lose(running)
    lease = Lease(running, step=3, total=20)
    renew([lease])
    assert reaper.reap() == 0
    running.refresh_from_db()
    assert (running.step, running.total) == (3, 20)


def test_a_beat_sees_that_the_job_was_cancelled(running, alice):
    lease = Lease(running)
    cancel_job(job=running, actor=alice)
    renew([lease])
    assert lease.stop is Stop.CANCELLED
