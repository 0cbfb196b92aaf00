"""Router of the jobs of all people: list, get, cancel and retry them."""

import uuid
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from generation.api.jobs import Cursor, JobFilter, JobStatus, Limit
from generation.jobs.cancel import cancel_job
from generation.jobs.submission.retry import retry_job
from generation.models import Job
from generation.models.job import JobQuerySet
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core import pagination

router = Router(tags=["Administration"])

SCOPE = "admin"
LOOK, OPERATE = "generation.view_job", "generation.change_job"
LONGEST_NAME = 150  # of a person; of a worker 120


class AdminJobFilter(JobFilter):
    """Filter of the jobs of all people; every given condition must match."""

    owner: str | None = Field(None, max_length=LONGEST_NAME, description="Username of the owner.")
    worker: str | None = Field(None, max_length=LONGEST_NAME, description="Name of the worker that runs or ran it.")
    error: str | None = Field(None, max_length=60, description="Code of the failure, such as `out_of_memory`.")

    def apply(self, jobs: JobQuerySet) -> JobQuerySet:
        """Return those of `jobs` that match."""
        wanted = {"owner__username": self.owner, "worker": self.worker, "error_code": self.error}
        return super().apply(jobs).filter(**{column: value for column, value in wanted.items() if value})


class AdminJobErrorOut(BaseModel):
    """Why a job failed."""

    code: str = Field(examples=["out_of_memory"])
    message: str = Field(examples=["The accelerator's memory is full."])


class AdminJobOut(BaseModel):
    """A job as administrators see it: whose it is, where it ran, how it went; without its images."""

    id: uuid.UUID
    status: JobStatus = Field(examples=["running"])
    owner: str = Field(description="Username.", examples=["alice"])
    source: str = Field(description="Page, API or dialect that it came from.", examples=["studio"])
    lane: str = Field(examples=["interactive"])
    prompt: str = Field(examples=["a red heart"])
    checkpoint: str | None = Field(description="Slug; null: the checkpoint was deleted.", examples=["starter"])
    image_count: int = Field(description="Images that it was asked for.", examples=[4])
    step: int = Field(examples=[5])
    total: int = Field(description="Steps of all its images; 0: not started.", examples=[20])
    worker: str = Field(description="The worker that runs or ran it last.", examples=["4f1d9c0e2b7a"])
    attempt: int = Field(examples=[1])
    losses: int = Field(description="Attempts whose worker was lost.", examples=[0])
    used_seconds: float = Field(description="GPU time; set at the end.", examples=[3.2])
    cancel_requested: bool = Field(description="It is being cancelled, or was.", examples=[False])
    error: AdminJobErrorOut | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class AdminJobPage(BaseModel):
    """Jobs of all people, newest first unless asked otherwise; `next` is the cursor of the next page."""

    items: list[AdminJobOut]
    next: str | None


@router.get("/admin/jobs", response=AdminJobPage, operation_id="list_all_jobs", summary="List jobs of all people")
def list_all_jobs(
    request: HttpRequest,
    wanted: Annotated[AdminJobFilter, Query()],
    limit: Limit = pagination.DEFAULT_ITEMS,
    cursor: Cursor = None,
    order: Annotated[pagination.Order, Query(description="Which come first.")] = "newest",
) -> AdminJobPage:
    """Return jobs of all people that match all conditions, a page at a time. Needs the scope `admin`.

    For staff who may view jobs of all people.
    """
    _require(request, LOOK)
    page = pagination.page(wanted.apply(_all_jobs()), limit=limit, cursor=cursor, order=order)
    return AdminJobPage(items=[_represent(job) for job in page.items], next=page.next)


@router.get("/admin/jobs/{job_id}", response=AdminJobOut, operation_id="get_any_job", summary="Get anybody's job")
def get_any_job(request: HttpRequest, job_id: uuid.UUID) -> AdminJobOut:
    """Return one job of whomever. Needs the scope `admin`.

    For staff who may view jobs of all people.
    """
    _require(request, LOOK)
    return _represent(get_object_or_404(_all_jobs(), pk=job_id))


@router.post(
    "/admin/jobs/{job_id}/cancel",
    response=AdminJobOut,
    operation_id="cancel_any_job",
    summary="Cancel anybody's job",
)
def cancel_any_job(request: HttpRequest, job_id: uuid.UUID) -> AdminJobOut:
    """Cancel a queued job of whomever at once, a running one at its next step. Needs the scope `admin`.

    Images that were finished before are kept, and a finished job stays as it is. For staff who may change jobs; the
    audit log records it.
    """
    _require(request, OPERATE)
    return _represent(cancel_job(job=get_object_or_404(_all_jobs(), pk=job_id), actor=request.user))  # type: ignore[arg-type]


@router.post(
    "/admin/jobs/{job_id}/retry",
    response={202: AdminJobOut},
    operation_id="retry_any_job",
    summary="Retry anybody's job",
)
def retry_any_job(request: HttpRequest, job_id: uuid.UUID) -> Status[AdminJobOut]:
    """Queue a new job of the same owner with the parameters, seed included, of one that failed or was cancelled.

    Needs the scope `admin`. For staff who may change jobs.
    """
    _require(request, OPERATE)
    job = retry_job(job=get_object_or_404(_all_jobs(), pk=job_id), credentials=get_credentials(request))
    return Status(202, _represent(job))


def _require(request: HttpRequest, permission: str) -> None:
    require_scope(request, SCOPE)
    require_permission(request, permission)


def _all_jobs() -> JobQuerySet:
    return Job.objects.select_related("owner", "checkpoint")


def _represent(job: Job) -> AdminJobOut:
    return AdminJobOut.model_validate(
        {
            **{name: getattr(job, name) for name in COPIED},
            "owner": job.owner.username,
            "checkpoint": job.checkpoint.slug if job.checkpoint else None,
            "image_count": job.count,
            "cancel_requested": job.cancel_requested_at is not None,
            "error": {"code": job.error_code, "message": job.error_message} if job.error_code else None,
        }
    )


COPIED = set(AdminJobOut.model_fields) - {"owner", "checkpoint", "image_count", "cancel_requested", "error"}
