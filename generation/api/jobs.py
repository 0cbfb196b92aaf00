"""Router of jobs: submit, list, get and retry."""

import uuid
from typing import Annotated, Any, Literal

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Header, Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from gallery.models import Image
from gallery.models.image import LONGEST_CHECKPOINT
from gallery.search.filters import TimeWindow
from generation.api import wait_response
from generation.api.inline_files import Inline, with_files
from generation.api.job_request import KEY_HEADER, JobRequest, get_idempotency_key, get_source
from generation.jobs.submission.dry_run import dry_run_job
from generation.jobs.submission.exact import generate_exactly
from generation.jobs.submission.retry import retry_job
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.models.job import JobQuerySet
from generation.parameters.schema import GenerationParameters
from generation.realtime.waiting import MOST_SECONDS, wait_until_finished
from generation.serializers.jobs import JobOut, serialize_job, serialize_jobs
from generation.webhooks.job_webhook import add_secret_header
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination

router = Router()

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Wait = Annotated[
    float | None,
    Query(
        ge=0,
        le=MOST_SECONDS,
        description="Seconds to wait for the job's end before answering. `Prefer: wait=SECONDS` does the same.",
    ),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        description="Any text of your own, 1 to 200 characters: for 24 hours the same request with the same key is one "
        "job, however often it is sent. The body's `idempotency_key` does the same.",
    ),
]
DryRun = Annotated[
    bool,
    Query(alias="dry_run", description="Check the request, return its cost and position, and generate nothing."),
]
Limit = Annotated[int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")]
Cursor = Annotated[str | None, Query(description="The `next` of the previous page.")]

EXAMPLES = {
    "shortest": {"summary": "Everything by the checkpoint's defaults", "value": {"prompt": "a red heart"}},
    "reproducible": {
        "summary": "Four JPEGs from a known seed",
        "value": {"prompt": "a red heart", "count": 4, "seed": 42, "output_format": "jpeg", "quality": 90},
    },
    "full": {
        "summary": "Everything named",
        "value": {
            "prompt": "a fox in the snow",
            "negative_prompt": "blurry",
            "checkpoint": "starter",
            "width": 128,
            "height": 128,
            "steps": 20,
            "guidance_scale": 4.0,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "seed": 7,
        },
    },
}
IMAGE_BODIES = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in wait_response.IMAGE_TYPES}


class JobFilter(TimeWindow):
    """Filter of jobs; every given condition must match."""

    status: list[JobStatus] = Field(default_factory=list, description="Only these states; may be repeated.")
    source: list[Job.Source] = Field(default_factory=list, description="Only of these sources; may be repeated.")
    checkpoint: str | None = Field(None, max_length=LONGEST_CHECKPOINT, description="Slug of the checkpoint.")

    def apply(self, jobs: JobQuerySet) -> JobQuerySet:
        """Return those of `jobs` that match."""
        wanted = {
            "status__in": self.status,
            "source__in": self.source,
            "checkpoint__slug": self.checkpoint,
            "created_at__gte": self.start,
            "created_at__lt": self.end,
        }
        return jobs.filter(**{column: value for column, value in wanted.items() if value})


class JobPage(BaseModel):
    """Jobs, newest first unless asked otherwise; `next` is the cursor of the next page, null on the last."""

    items: list[JobOut]
    next: str | None


class DryRunOut(BaseModel):
    """The outcome of a dry run. Nothing of it is stored, and a random seed will differ in the real job."""

    dry_run: bool = Field(description="Always true; a job has no such field.", examples=[True])
    parameters: dict[str, Any] = Field(description="The resolved parameters, with nothing left open.")
    notes: list[str] = Field(description="Sentences about what of the request would be changed or filled in.")
    checkpoint_title: str
    image_count: int = Field(description="Images that the job would have.", examples=[4])
    accelerator_seconds: float = Field(
        description="GPU seconds that it should take, and would use of the daily quota.", examples=[2.4]
    )
    position: int | None = Field(description="Its position in the queue; 1 starts next.", examples=[3])
    eta_seconds: float | None = Field(description="Seconds until it would be done; null while no worker is there.")


def _own(request: HttpRequest, job_id: uuid.UUID) -> Job:
    jobs = Job.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(jobs.select_related("checkpoint"), pk=job_id)


def _shown(request: HttpRequest, job: Job, images: str | None) -> JobOut:
    out = serialize_job(job)
    return with_files(out, get_credentials(request)) if images else out


def _location(job: Job) -> str:
    return reverse("api:get_job", args=[job.pk])


@router.post(
    "/jobs",
    response={202: JobOut, 200: JobOut | DryRunOut},
    operation_id="create_job",
    url_name="jobs",
    tags=["Jobs"],
    summary="Generate images",
    openapi_extra={
        "requestBody": {"content": {"application/json": {"examples": EXAMPLES}}},
        "responses": {
            200: {"description": "The job has ended within `wait`, or it was a dry run.", "content": IMAGE_BODIES}
        },
    },
)
async def create_job(
    request: HttpRequest,
    body: JobRequest,
    response: HttpResponse,
    *,
    wait: Wait = None,
    images: Inline = None,
    rehearse: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> Status[JobOut | DryRunOut] | HttpResponse:
    """Queue a job and answer 202 with it at once, or wait for its end.

    With `wait` the answer is 200 as soon as the job has ended, in whatever way, and 202 when it has not. With `wait`
    and `Accept: image/png` (or `image/jpeg`, `image/webp`) the body is the first image itself, and a job that made
    none is answered as an error. Hanging up does not stop the job. With `dry_run` nothing is queued: the answer is 200
    with what the request would cost, or the error that it would meet. Needs the scope `generate`.
    """
    require_scope(request, "generate")
    requested, key = body.requested(), get_idempotency_key(request, body)
    if rehearse:
        return Status(200, await sync_to_async(dry_run)(get_credentials(request), requested))
    seconds = wait_response.seconds_to_wait(request, wait)
    as_image = bool(seconds) and wait_response.wants_image(request)
    if as_image:
        requested = wait_response.with_format(request, requested)
    webhook = body.webhook and body.webhook.with_secret()
    job = await sync_to_async(submit_job)(
        credentials=get_credentials(request),
        parameters=requested,
        source=get_source(request),
        idempotency_key=key,
        webhook=webhook,
    )
    if seconds:
        job = await wait_until_finished(job, seconds)
    if as_image and job.is_finished:
        response = await sync_to_async(wait_response.image_response)(request, job)
    if webhook is not None:
        await sync_to_async(add_secret_header)(response, job, asked=body.webhook, used=webhook)
    if as_image and job.is_finished:
        return response
    response["Location"] = _location(job)
    out = await sync_to_async(_shown)(request, job, images)
    return Status(200 if seconds and job.is_finished else 202, out)


@router.get(
    "/jobs", response=JobPage, operation_id="list_jobs", url_name="list_jobs", tags=["Jobs"], summary="List own jobs"
)
def list_jobs(
    request: HttpRequest,
    wanted: Annotated[JobFilter, Query()],
    limit: Limit = pagination.DEFAULT_ITEMS,
    cursor: Cursor = None,
    order: Annotated[pagination.Order, Query(description="Which come first.")] = "newest",
) -> JobPage:
    """Return own jobs that match all conditions, a page at a time. Needs the scope `read`."""
    require_scope(request, "read")
    jobs = Job.objects.visible_to(request.user).select_related("checkpoint")  # type: ignore[arg-type]
    page = pagination.page(wanted.apply(jobs), limit=limit, cursor=cursor, order=order)
    return JobPage(items=serialize_jobs(page.items), next=page.next)


@router.get("/jobs/{job_id}", response=JobOut, operation_id="get_job", tags=["Jobs"], summary="Get a job")
async def get_job(request: HttpRequest, job_id: uuid.UUID, wait: Wait = None, images: Inline = None) -> JobOut:
    """Return a job with its progress and images; with `wait`, as it is once it has ended. Needs the scope `read`."""
    require_scope(request, "read")
    job = await sync_to_async(_own)(request, job_id)
    seconds = wait_response.seconds_to_wait(request, wait)
    if seconds and not job.is_finished:
        job = await wait_until_finished(job, seconds)
    return await sync_to_async(_shown)(request, job, images)


@router.post(
    "/jobs/{job_id}/retry",
    response={202: JobOut},
    operation_id="retry_job",
    tags=["Jobs"],
    summary="Retry a job",
)
def retry(request: HttpRequest, job_id: uuid.UUID, response: HttpResponse) -> Status[JobOut]:
    """Queue a new job with the parameters, seed included, of one that failed or was cancelled.

    Needs the scope `generate`.
    """
    require_scope(request, "generate")
    job = retry_job(job=_own(request, job_id), credentials=get_credentials(request), source=get_source(request))
    response["Location"] = _location(job)
    return Status(202, serialize_job(job))


@router.post(
    "/images/{image_id}/exact",
    response={202: JobOut},
    operation_id="generate_exactly",
    tags=["Images"],
    summary="Generate a draft exactly",
)
def exact(request: HttpRequest, image_id: uuid.UUID, response: HttpResponse) -> Status[JobOut]:
    """Queue a job with the settings and the seed of an own image of speed mode small or draft, in mode exact.

    Needs the scope `generate`.
    """
    require_scope(request, "generate")
    image = get_object_or_404(Image.objects.owned_by(request.user), pk=image_id)  # type: ignore[arg-type]
    job = generate_exactly(image=image, credentials=get_credentials(request), source=get_source(request))
    response["Location"] = _location(job)
    return Status(202, serialize_job(job))


def dry_run(credentials: Credentials, requested: GenerationParameters) -> DryRunOut:
    """Return the outcome of a dry run of `requested`; raises as `submit_job`."""
    rehearsal = dry_run_job(credentials=credentials, parameters=requested)
    job, place = rehearsal.job, rehearsal.place
    return DryRunOut(
        dry_run=True,
        parameters=rehearsal.parameters,
        notes=job.notes,
        checkpoint_title=job.checkpoint.title if job.checkpoint else "",
        image_count=job.count,
        accelerator_seconds=round(job.predicted_seconds, 3),
        position=place.position if place else None,
        eta_seconds=place.eta_seconds if place else None,
    )
