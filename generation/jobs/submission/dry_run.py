"""What would become of a wish: checked, priced and placed as `submit_job` does it, and nothing of it kept."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from gallery.actions.uploads import prepare_upload
from generation.jobs.submission.input_images import as_sent
from generation.jobs.submission.submit import lock_owner, prepare_job, store
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue import eta
from sdsite.accounts.credentials import Credentials


@dataclass(frozen=True)
class DryRun:
    """The job that a wish would make, which never was, and where it would stand; None where nobody can tell."""

    job: Job
    place: eta.Place | None
    parameters: dict[str, Any]


def dry_run_job(
    *, credentials: Credentials, parameters: GenerationParameters, lane: str = Job.Lane.INTERACTIVE
) -> DryRun:
    """Return what `submit_job` would make of `parameters` at this moment.

    The row joins the line in a transaction that is rolled back: cost, place and refusals come from where the real ones
    do, and nobody else ever sees it. Pictures that come along are fetched and opened, not kept.

    Raises:
        JobRefused: what `submit_job` refuses, but for idempotency keys, which play no part.
    """
    prepared = prepare_job(parameters, credentials=credentials, keep=prepare_upload)
    with transaction.atomic():
        lock_owner(credentials.user.pk)
        job = store(prepared, source=Job.Source.API, lane=lane)
        place = eta.places(wanted=[job.pk]).get(job.pk)
        transaction.set_rollback(True)
    return DryRun(job, place, as_sent(prepared.resolved, parameters).model_dump(mode="json"))
