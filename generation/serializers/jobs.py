"""Serialized jobs, as pages, API, events and webhooks show them."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field

from gallery.models import Image
from gallery.serializers import ImageOut, serialize_image
from generation.models import Job
from generation.queue import eta

Places = Mapping[uuid.UUID, eta.Place]


class ProgressOut(BaseModel):
    """Progress of a job: callbacks done, total callbacks (0 until known), and their quotient."""

    step: int
    total: int
    fraction: float = Field(ge=0, le=1)


class ErrorOut(BaseModel):
    """Error of a failed job: a stable code and a message for people."""

    code: str
    message: str


class JobOut(BaseModel):
    """One job. `position` 1 is next; `eta_seconds` until it is done; `seconds` is the time it ran."""

    id: uuid.UUID
    status: str
    source: str = Field(description="Page or API that the job came from: " + ", ".join(Job.Source.values) + ".")
    sequence: int
    attempt: int
    progress: ProgressOut
    position: int | None
    eta_seconds: float | None
    parameters: dict[str, Any]
    checkpoint_title: str
    image_count: int = Field(description="Images of the job: of a grid those of all cells, and a kept original.")
    images: list[ImageOut]
    error: ErrorOut | None
    notes: list[str] = Field(description="What of the request was changed or filled in, as sentences.")
    cancel_requested: bool
    dropped: list[int] = Field(description="Indices of images that will not be generated.")
    refused: list[int] = Field(description="Indices of dropped images that the safety checker refused.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    seconds: float | None


def serialize_job(job: Job, images: Sequence[Image] | None = None) -> JobOut:
    """Return one serialized job; pass `images` if they were read already."""
    if images is not None:
        return _job_out(job, images, _places([job]))
    return serialize_jobs([job])[0]


def serialize_jobs(jobs: Iterable[Job], known: Places | None = None) -> list[JobOut]:
    """Return serialized jobs; the number of queries does not grow with the list.

    Select the checkpoint with the jobs (`select_related("checkpoint")`). The queue is simulated, unless the places of
    all queued ones are `known`.
    """
    listed = list(jobs)
    images: dict[uuid.UUID, list[Image]] = defaultdict(list)
    stored = Image.objects.kept().filter(job_id__in=[job.pk for job in listed]).order_by("index")
    for image in stored.prefetch_related("tags"):
        images[image.job_id].append(image)
    places = _places(listed, known or {})
    return [_job_out(job, images[job.pk], places) for job in listed]


def _places(jobs: Sequence[Job], known: Places = MappingProxyType({})) -> Places:
    waiting = {job.pk for job in jobs if job.status == Job.Status.QUEUED}
    if waiting <= known.keys():
        return known
    return eta.places(wanted=waiting)


def _job_out(job: Job, images: Sequence[Image], places: Places) -> JobOut:
    place = places.get(job.pk) if job.status == Job.Status.QUEUED else None
    eta_seconds = place.eta_seconds if place else None
    if job.status == Job.Status.RUNNING:
        eta_seconds = eta.remaining_seconds(job)
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
        eta_seconds=eta_seconds,
        parameters=job.parameters,
        checkpoint_title=job.checkpoint.title if job.checkpoint else job.parameters.get("checkpoint", ""),
        image_count=job.count,
        images=[serialize_image(image) for image in images],
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
