"""A cancelled job is retried as a new one with the same seed."""

import pytest
from django.db import OperationalError, connection

from generation.errors import JobRefused
from generation.jobs.submission.retry import retry_job
from generation.models import Job
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import AuditEvent
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


def test_no_job_of_another_is_retried_without_its_entry_of_the_log(alice, root, checkpoint, no_worker):
    job = make_job(alice, checkpoint)
    Job.objects.update(status="failed")
    job.refresh_from_db()

    def breaks(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "accounts_auditevent"'):
            raise OperationalError("disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(breaks), pytest.raises(OperationalError):
        retry_job(job=job, credentials=Credentials(root))
    assert Job.objects.count() == 1
    fresh = retry_job(job=job, credentials=Credentials(root))
    assert AuditEvent.objects.get(action="job.retried").detail == {"new": str(fresh.pk)}
