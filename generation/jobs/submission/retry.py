"""Retry of failed and cancelled jobs."""

from generation.errors import JobRefused
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from sdsite.accounts import audit
from sdsite.accounts.credentials import Credentials

RETRYABLE = (Job.Status.FAILED, Job.Status.CANCELLED)


def retry_job(*, job: Job, credentials: Credentials, source: str | None = None) -> Job:
    """Submit a new job of the same owner with the same parameters, seed included; the key of an owner who asks pays.

    `source` is where the retry is asked for; None (as of an administrator) for that of `job`.

    Raises:
        JobRefused: `not_retryable` (the job did not fail and was not cancelled), or what `submit_job` refuses.
    """
    if job.source == Job.Source.VERIFY:
        raise JobRefused("not_retryable", "Verify the image once more instead.", status=409)
    if job.source == Job.Source.CALIBRATE:
        raise JobRefused("not_retryable", "Run manage.py calibrate once more instead.", status=409)
    if job.status not in RETRYABLE:
        message = f"Only failed or cancelled jobs can be retried; this one is {job.status}."
        raise JobRefused("not_retryable", message, status=409)
    requested = GenerationParameters.model_validate(job.parameters)
    actor = credentials.user
    of_owner = credentials if actor.pk == job.owner_id else Credentials(job.owner)

    def record(fresh: Job) -> None:
        if actor.pk != job.owner_id:
            audit.record(actor=actor, action="job.retried", target=job.pk, new=str(fresh.pk))

    source = source or job.source
    return submit_job(credentials=of_owner, parameters=requested, source=source, lane=job.lane, also=record)
