"""How jobs, checkpoints and samplers look to everybody outside: pages, API and websocket share these shapes."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from django.urls import reverse
from pydantic import BaseModel, Field

from gallery.models import Image
from gallery.representations import ImageOut, represent_image
from generation.jobs import estimate
from generation.models import Checkpoint, Job
from generation.parameters import catalog

# What a checkpoint fills in where a wish leaves it out; null: the site's or the family's own.
DEFAULTS = (
    "width",
    "height",
    "steps",
    "guidance_scale",
    "sampler",
    "schedule",
    "negative_prompt",
    "clip_skip",
    "upscaler",
    "vae",
)


class ProgressOut(BaseModel):
    """How far a job is: callbacks done, callbacks in all (0 until known), and their quotient."""

    step: int
    total: int
    fraction: float = Field(ge=0, le=1)


class ErrorOut(BaseModel):
    """Why a job failed: a stable code and a sentence for people."""

    code: str
    message: str


class JobOut(BaseModel):
    """One job. `position` 1 is next; `eta_seconds` until it is done; `seconds` it ran so far or in all."""

    id: uuid.UUID
    status: str
    source: str
    sequence: int
    attempt: int
    progress: ProgressOut
    position: int | None
    eta_seconds: float | None
    parameters: dict[str, Any]
    checkpoint_title: str
    image_count: int = Field(description="Images it will have in all: of a grid all cells', and a kept original.")
    images: list[ImageOut]
    error: ErrorOut | None
    notes: list[str] = Field(description="Sentences about what of the wish was changed or filled in.")
    cancel_requested: bool
    dropped: list[int] = Field(description="Indices of images that were called off; they are not drawn.")
    refused: list[int] = Field(description="Those of the dropped images that the site's safety checker refused.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None


class CheckpointOut(BaseModel):
    """What a checkpoint is, what it is good at, and what one can ask it for.

    `defaults` fill what a wish leaves out. `size_policy`: "refuse" or "snap" (to the nearest of `sizes`).
    """

    slug: str
    title: str
    description: str
    licence: str
    family: str
    is_default: bool
    defaults: dict[str, Any]
    sizes: list[Annotated[list[int], Field(min_length=2, max_length=2)]]  # a tuple's schema comes out of another age
    size_policy: str
    trigger_words: list[str]
    picture_url: str | None
    samplers: list[str]
    vocabulary: list[dict[str, Any]]


class SamplerOut(BaseModel):
    """A sampler: the key to ask for, other names it answers to, the schedules it takes."""

    key: str
    label: str
    aliases: list[str]
    schedules: list[str]
    families: list[str]


def represent_job(job: Job, images: Sequence[Image] | None = None) -> JobOut:
    """Return one job as others see it; `images` when the caller has them already."""
    if images is not None:
        return _job_out(job, images, _places([job]))
    return represent_jobs([job])[0]


def represent_jobs(jobs: Iterable[Job]) -> list[JobOut]:
    """Return many jobs as others see them, with a number of queries that does not grow with the list.

    Select the checkpoint with the jobs (`select_related("checkpoint")`).
    """
    listed = list(jobs)
    images: dict[uuid.UUID, list[Image]] = defaultdict(list)
    stored = Image.objects.filter(job_id__in=[job.pk for job in listed]).order_by("index")
    for image in stored.prefetch_related("tags"):
        images[image.job_id].append(image)
    places = _places(listed)
    return [_job_out(job, images[job.pk], places) for job in listed]


def _places(jobs: Sequence[Job]) -> dict[uuid.UUID, estimate.Place]:
    waiting = {job.pk for job in jobs if job.status == Job.Status.QUEUED}
    return estimate.places(wanted=waiting) if waiting else {}


def _job_out(job: Job, images: Sequence[Image], places: dict[uuid.UUID, estimate.Place]) -> JobOut:
    place = places.get(job.pk) if job.status == Job.Status.QUEUED else None
    eta = place.eta_seconds if place else None
    if job.status == Job.Status.RUNNING:
        eta = estimate.remaining_seconds(job)
    seconds = (job.finished_at - job.started_at).total_seconds() if job.started_at and job.finished_at else None
    fraction = min(job.step / job.total, 1.0) if job.total else 0.0
    return JobOut(
        id=job.pk,
        status=job.status,
        source=job.source,
        sequence=job.sequence,
        attempt=job.attempt,
        progress=ProgressOut(
            step=job.step, total=job.total, fraction=1.0 if job.status == Job.Status.SUCCEEDED else fraction
        ),
        position=place.position if place else None,
        eta_seconds=eta,
        parameters=job.parameters,
        checkpoint_title=job.checkpoint.title if job.checkpoint else job.parameters.get("checkpoint", ""),
        image_count=job.count,
        images=[represent_image(image) for image in images],
        error=ErrorOut(code=job.error_code, message=job.error_message) if job.error_code else None,
        notes=job.notes,
        cancel_requested=job.cancel_requested_at is not None,
        dropped=job.dropped,
        refused=job.refused,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        seconds=round(seconds, 3) if seconds is not None else None,
    )


def represent_checkpoint(checkpoint: Checkpoint) -> CheckpointOut:
    """Return a checkpoint as others see it; where its weights lie stays inside."""
    return CheckpointOut(
        slug=checkpoint.slug,
        title=checkpoint.title,
        description=checkpoint.description,
        licence=checkpoint.licence,
        family=checkpoint.family,
        is_default=checkpoint.is_default,
        defaults={name: None if (value := getattr(checkpoint, name)) == "" else value for name in DEFAULTS},
        sizes=[[width, height] for width, height in checkpoint.sizes],
        size_policy=checkpoint.size_policy,
        trigger_words=checkpoint.triggers,
        picture_url=reverse("checkpoint-picture", args=[checkpoint.slug]) if checkpoint.picture else None,
        samplers=list(catalog.samplers_for(checkpoint.family)),
        vocabulary=checkpoint.vocabulary,
    )


def represent_samplers() -> list[SamplerOut]:
    """Return every sampler of the catalog."""
    return [
        SamplerOut(
            key=sampler.key,
            label=sampler.label,
            aliases=list(sampler.aliases),
            schedules=list(sampler.schedules),
            families=list(sampler.families),
        )
        for sampler in catalog.SAMPLERS.values()
    ]
