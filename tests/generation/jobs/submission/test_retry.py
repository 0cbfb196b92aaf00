"""A cancelled job is retried as a new one with the same seed."""

import pytest

from generation.errors import JobRefused
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_job


def test_a_cancelled_job_is_retried_as_a_new_one_with_the_same_seed(alice, checkpoint):
    from generation.jobs.cancel import cancel_job
    from generation.jobs.submission.retry import retry_job

    job = make_job(alice, checkpoint)
    with pytest.raises(JobRefused) as refused:
        retry_job(job=job, credentials=Credentials(alice))
    assert refused.value.code == "not_retryable"
    cancel_job(job=job, actor=alice)
    fresh = retry_job(job=job, credentials=Credentials(alice))
    assert fresh.pk != job.pk
    assert fresh.parameters == job.parameters
    assert fresh.status == "queued"
