"""The lease of a job, jobs submitted to a live worker, and a database that breaks."""

import signal

import pytest
from django.db import OperationalError

from generation.jobs.claim import claim
from generation.models import Checkpoint
from generation.pipelines.protocol import GeneratedImage
from generation.worker.lease import Lease
from generation.worker.store_images import store_with_retries
from tests.support.factories import make_job, make_user

LANES = ("interactive", "batch")


@pytest.fixture
def lease(alice, checkpoint, no_worker):
    """The lease of a job of one image, which waits to be stored."""
    make_job(alice, checkpoint)
    lease = Lease(claim(worker="w", lanes=LANES))
    lease.plan([])
    lease.storing = 1
    return lease


class Cut:
    """Breaks every statement that begins with `word`, `times` times."""

    def __init__(self, word, times, says="server closed the connection unexpectedly"):
        self.word, self.times, self.says, self.met = word, times, says, 0

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(self.word) and self.met < self.times:
            self.met += 1
            raise OperationalError(self.says)
        return execute(sql, params, many, context)


def store(lease):
    from PIL import Image as Pillow

    picture = GeneratedImage(0, 7, Pillow.new("RGB", (128, 128), "red"), batch_size=1, seconds=0.5)
    store_with_retries(lease, lease.job.resolved(), picture, device="cpu")


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def submit(live_site, starter):
    """Return a function that submits one job for each wish, each of a person of their own, at one moment."""
    people = iter([make_user(f"person{number}") for number in range(8)])

    def submitted(*requests):
        worker = live_site.processes["worker"]
        worker.send_signal(signal.SIGSTOP)
        try:
            return [make_job(next(people), starter, **requested) for requested in requests]
        finally:
            worker.send_signal(signal.SIGCONT)

    return submitted
