"""Forecasts count on one worker here too."""

import pytest

from generation.models import Job
from tests.generation.jobs.conftest import _one_worker  # noqa: F401
from tests.support.factories import make_job


@pytest.fixture
def submit(checkpoint):
    """Return a function that queues a job of predicted `seconds`."""

    def submit(owner, seconds=1.0):
        job = make_job(owner, checkpoint)
        Job.objects.filter(pk=job.pk).update(predicted_seconds=seconds)
        return job

    return submit
