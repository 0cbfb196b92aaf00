"""Router that cancels jobs: one, all of the user's own, or one image of a job."""

import uuid
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Router
from pydantic import BaseModel, Field

from generation.jobs.cancel import cancel_all, cancel_job, drop_image
from generation.models import Job
from generation.serializers.jobs import JobOut, serialize_job
from sdsite.accounts.scopes import require_scope

router = Router(tags=["Jobs"])


class CancelledOut(BaseModel):
    """How many jobs were stopped."""

    cancelled: int = Field(description="Jobs that were cancelled, or will be at their next step.", examples=[3])


@router.post("/jobs/cancel", response=CancelledOut, operation_id="cancel_all_jobs", summary="Cancel all own jobs")
def cancel_all_own(request: HttpRequest) -> CancelledOut:
    """Cancel every queued job of one's own at once, the running ones at their next step.

    Images that were finished before are kept. Needs the scope `generate`.
    """
    require_scope(request, "generate")
    return CancelledOut(cancelled=cancel_all(owner=request.user))  # type: ignore[arg-type]


@router.post("/jobs/{job_id}/cancel", response=JobOut, operation_id="cancel_job", summary="Cancel a job")
def cancel(request: HttpRequest, job_id: uuid.UUID) -> JobOut:
    """Cancel a queued job at once, a running one at its next step; a finished job stays as it is.

    Images that were finished before are kept. Needs the scope `generate`.
    """
    require_scope(request, "generate")
    return serialize_job(cancel_job(job=_own(request, job_id), actor=request.user))  # type: ignore[arg-type]


@router.post(
    "/jobs/{job_id}/images/{index}/cancel",
    response=JobOut,
    operation_id="cancel_image",
    summary="Cancel one image of a job",
)
def cancel_image(
    request: HttpRequest, job_id: uuid.UUID, index: Annotated[int, Path(description="0 to count - 1.")]
) -> JobOut:
    """Cancel one image of a queued or running job; the others are generated, and the job succeeds with them.

    A running job leaves it out from its next step on. A job without any image left is cancelled. Calling an image off
    twice changes nothing; one that is finished stays (`image_stored`). Needs the scope `generate`.
    """
    require_scope(request, "generate")
    job = drop_image(job=_own(request, job_id), index=index, actor=request.user)  # type: ignore[arg-type]
    return serialize_job(job)


def _own(request: HttpRequest, job_id: uuid.UUID) -> Job:
    jobs = Job.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(jobs.select_related("checkpoint"), pk=job_id)
