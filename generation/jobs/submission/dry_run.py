"""Dry run of a submission: checks, cost and queue position as `submit_job` finds them, without storing anything."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from gallery.actions.uploads import prepare_upload
from generation.jobs.submission.input_images import as_sent
from generation.jobs.submission.submit import lock_owner, prepare_job, store
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue import eta
from generation.rules.prompts import judge_request
from sdsite.accounts.credentials import Credentials


@dataclass(frozen=True)
class DryRun:
    """The job that a request would become, unsaved, and its place in the queue; None where it is unknown."""

    job: Job
    place: eta.Place | None
    parameters: dict[str, Any]


def dry_run_job(
    *, credentials: Credentials, parameters: GenerationParameters, lane: str = Job.Lane.INTERACTIVE
) -> DryRun:
    """Return the job that `submit_job` would create for `parameters` at this moment.

    The row is created in a transaction that is rolled back, so that cost, place and refusals come from the same code,
    and no other transaction sees it. Input images are fetched and opened, not stored.

    Raises:
        JobRefused: as `submit_job`, except for idempotency keys, which do not apply.
    """
    prepared = prepare_job(parameters, credentials=credentials, source=Job.Source.API, keep=prepare_upload)
    judge_request(prepared.resolved, user_id=credentials.user.pk, door=None)
    with transaction.atomic():
        lock_owner(credentials.user.pk)
        job = store(prepared, source=Job.Source.API, lane=lane)
        place = eta.places(wanted=[job.pk]).get(job.pk)
        transaction.set_rollback(True)
    return DryRun(job, place, as_sent(prepared.resolved, parameters).model_dump(mode="json"))
