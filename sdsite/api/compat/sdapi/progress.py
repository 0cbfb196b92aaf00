"""Progress, interrupt and skip of AUTOMATIC1111's API; they only see the caller's own jobs of this dialect."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.cancel import drop_image
from generation.models import Job
from generation.models.job import JobQuerySet
from generation.queue import eta
from generation.realtime.snapshot import last_previews
from sdsite.accounts.models import User
from sdsite.api.compat.sdapi import task_ids
from sdsite.api.compat.sdapi.generate import stop
from sdsite.api.compat.sdapi.images import encoded
from sdsite.api.compat.sdapi.responses import Body, read, reply

BEGUN = 0.01  # progress that AUTOMATIC1111 reports as soon as a job has begun
IDLE: dict[str, Any] = {"progress": 0.0, "eta_relative": 0.0, "current_image": None, "textinfo": None}
_FALSE = ("", "0", "false", "no", "off")


class TaskQuestion(Body):
    """Body of `/internal/progress`."""

    id_task: str | None = None
    id_live_preview: int | None = -1
    live_preview: bool | None = True


@dataclass(frozen=True)
class Preview:
    """The newest preview of an image in progress, and a number that grows from preview to preview."""

    number: int
    jpeg: bytes


def progress(request: HttpRequest) -> HttpResponse:
    """Return the progress of the current job, with a preview."""
    jobs = _unfinished(request.user)  # type: ignore[arg-type]
    if not jobs:
        return reply(
            {"progress": 0.0, "eta_relative": 0.0, "state": _state([]), "current_image": None, "textinfo": None}
        )
    job = jobs[0]
    without = request.GET.get("skip_current_image", "").lower() not in _FALSE
    preview = None if without else _preview(job)
    return reply(
        {
            "progress": _fraction(job),
            "eta_relative": _eta(job) or 0.0,
            "state": _state(jobs),
            "current_image": encoded(preview.jpeg) if preview else None,
            "textinfo": _textinfo(job),
        }
    )


def task_progress(request: HttpRequest) -> HttpResponse:
    """Return the progress of the request with a `force_task_id`."""
    asked, _ = read(request, TaskQuestion)
    user: User = request.user  # type: ignore[assignment]
    job_id = task_ids.get_job_id(user.pk, asked.id_task) if asked.id_task else None
    job = Job.objects.visible_to(user).filter(pk=job_id).first() if job_id else None
    active = job is not None and job.status == Job.Status.RUNNING
    queued = job is not None and job.status == Job.Status.QUEUED
    preview = _preview(job) if job is not None and active and asked.live_preview is not False else None
    fresh = preview is not None and preview.number != asked.id_live_preview
    return reply(
        {
            "active": active,
            "queued": queued,
            "completed": job is not None and job.is_finished,
            "progress": _fraction(job) if job is not None and active else None,
            "eta": _eta(job) if job is not None and active else None,
            "live_preview": f"data:image/jpeg;base64,{encoded(preview.jpeg)}" if preview and fresh else None,
            "id_live_preview": preview.number if preview else asked.id_live_preview,
            "textinfo": _textinfo(job) if job is not None and not job.is_finished else None,
        }
    )


def pending_tasks(request: HttpRequest) -> HttpResponse:
    """Return the task ids of the caller's queued requests."""
    waiting = _own(request.user).queued()  # type: ignore[arg-type]
    names = task_ids.get_task_ids(list(waiting.values_list("pk", flat=True)))
    return reply({"size": len(names), "tasks": names})


def interrupt(request: HttpRequest) -> HttpResponse:
    """Cancel the caller's running requests; where none runs, the queued ones."""
    user: User = request.user  # type: ignore[assignment]
    stop(list(_own(user).running()) or list(_own(user).queued()), user)
    return reply({})


def skip(request: HttpRequest) -> HttpResponse:
    """Drop the image in progress; the others of its request are still generated."""
    user: User = request.user  # type: ignore[assignment]
    job = _own(user).running().order_by("started_at").first()
    left = _left(job) if job else []
    if job and left:
        with suppress(JobRefused):  # it was finished meanwhile
            drop_image(job=job, index=left[0], actor=user)
    return reply(None)


def _own(user: User) -> JobQuerySet:
    return Job.objects.visible_to(user).filter(source=Job.Source.SDAPI)


def _unfinished(user: User) -> list[Job]:
    """Return the caller's unfinished requests, the running ones first."""
    jobs = list(_own(user).unfinished().order_by("started_at", "rank", "pk"))
    return sorted(jobs, key=lambda job: job.status != Job.Status.RUNNING)


def _left(job: Job) -> list[int]:
    """Return the indexes of the images of a job that are neither finished nor dropped."""
    done = {*Image.objects.filter(job_id=job.pk).values_list("index", flat=True), *job.dropped}
    return [index for index in range(job.count) if index not in done]


def _preview(job: Job) -> Preview | None:
    left = set(_left(job))
    previews = [(message, jpeg) for message, jpeg in last_previews([job]) if message["data"]["index"] in left]
    if not previews:
        return None
    message, jpeg = max(previews, key=lambda preview: int(preview[0]["sequence"]))
    return Preview(int(message["sequence"]), jpeg)


def _fraction(job: Job) -> float:
    if job.status != Job.Status.RUNNING:
        return 0.0
    return max(BEGUN, min(job.step / job.total, 1.0)) if job.total else BEGUN


def _eta(job: Job) -> float | None:
    if job.status == Job.Status.RUNNING:
        return eta.remaining_seconds(job)
    place = eta.places(wanted={job.pk}).get(job.pk)
    return place.eta_seconds if place else None


def _textinfo(job: Job) -> str | None:
    return "Waiting..." if job.status == Job.Status.QUEUED else None


def _state(jobs: list[Job]) -> dict[str, Any]:
    """Return the state of the current job; clients wait until `job_count` is 0."""
    job = jobs[0] if jobs else None
    begun = job.started_at or job.created_at if job else None
    return {
        "skipped": bool(job and job.dropped),
        "interrupted": bool(job and job.cancel_requested_at),
        "stopping_generation": bool(job and job.cancel_requested_at),
        "job": str(job.pk) if job else "",
        "job_count": len(jobs),
        "job_timestamp": f"{begun:%Y%m%d%H%M%S}" if begun else "0",
        "job_no": 0,
        "sampling_step": job.step if job else 0,
        "sampling_steps": job.total if job else 0,
    }
