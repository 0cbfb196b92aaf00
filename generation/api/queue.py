"""Router of the queue: its state, and the order of the user's own jobs."""

import uuid
from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from generation.jobs import queue_control
from generation.jobs.reorder import MOST_REORDERED, move_to_front, reorder
from generation.models import Job
from generation.queue import eta
from generation.queue.state import current_state
from generation.serializers.jobs import JobOut, serialize_job
from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core.schemas import StorableModel

router = Router()

LISTED_AT_MOST = 200
COUNTED_TO = 1000
WITHOUT_IMAGES = (Job.Source.VERIFY, Job.Source.CALIBRATE)

ORDER_EXAMPLE = {
    "two": {
        "summary": "The second before the first",
        "value": {"jobs": ["5f0c1c7e-6a53-4a8f-9f4e-0d3a2b1c4d5e", "2b7d9a10-3c1e-4f6b-8a9d-7e6f5a4b3c2d"]},
    }
}


class WaitingOut(BaseModel):
    """One of one's own waiting jobs; the place and the forecast are null for those far behind."""

    id: uuid.UUID
    lane: str
    prompt: str
    position: int | None = Field(description="1 starts next, among the jobs of all users.")
    eta_seconds: float | None = Field(description="Seconds until it is done; null while no worker is there.")


class KindOut(BaseModel):
    """Queued jobs of one kind."""

    kind: str = Field(
        description="Task of the jobs, or `verify` and `calibrate`, which store no images.", examples=["text_to_image"]
    )
    jobs: int = Field(description="Jobs of all users.", examples=[4])
    own: int = Field(description="One's own among them.", examples=[1])


class QueueOut(BaseModel):
    """The state of the queue, and what of one's own waits in it."""

    state: Literal["open", "paused", "closed"] = Field(
        description="`paused`: no job starts. `closed`: new jobs are refused; queued ones are generated unless paused."
    )
    paused: bool
    closed: bool
    maintenance: bool = Field(description="Closed for maintenance: uploads and imports are refused too.")
    until: datetime | None = Field(description="When maintenance is expected to end; null if nobody knows.")
    message: str = Field(description="The administrators' message; empty while the queue is open.")
    waiting: dict[str, int] = Field(description=f"Queued jobs of all users by lane, counted to {COUNTED_TO}.")
    kinds: list[KindOut] = Field(
        description=f"Queued jobs of all users by kind, the most first; of the first {COUNTED_TO}."
    )
    jobs: list[WaitingOut] = Field(description="Own queued jobs in their order, lane by lane; the first 200 of each.")


SWITCH_EXAMPLES = {
    "pause": {"summary": "Nothing new starts", "value": {"paused": True, "message": "New disks until noon."}},
    "resume": {"summary": "Go on", "value": {"paused": False}},
    "close": {
        "summary": "Refuse new jobs, generate queued ones",
        "value": {"closed": True, "message": "Until tomorrow."},
    },
    "maintain": {
        "summary": "Refuse new jobs and files",
        "value": {"maintenance": True, "until": "2030-01-01T12:00:00Z", "message": "New disks until noon."},
    },
}


class SwitchesIn(StorableModel):
    """Changes of the queue's state; fields left out stay."""

    model_config = ConfigDict(extra="forbid")

    paused: bool | None = Field(None, description="No job starts; running ones end; new ones are queued.")
    closed: bool | None = Field(None, description="New jobs are refused; queued ones are still generated.")
    maintenance: bool | None = Field(
        None, description="Closes the queue, and refuses uploads and imports too; false opens it."
    )
    until: AwareDatetime | None = Field(None, description="When `maintenance` is expected to end.")
    message: Annotated[str, Field(max_length=queue_control.MESSAGE_CHARACTERS)] | None = Field(
        None, description="Shown to users while the queue is paused or closed."
    )


class OrderIn(BaseModel):
    """The wanted order of some of one's own waiting jobs."""

    model_config = ConfigDict(extra="forbid")

    jobs: Annotated[list[uuid.UUID], Field(min_length=1, max_length=MOST_REORDERED)]


@router.get("/queue", response=QueueOut, operation_id="get_queue", tags=["Queue"], summary="Get the queue")
def get_queue(request: HttpRequest) -> QueueOut:
    """Return the state of the queue, and one's own queued jobs in their order.

    Needs the scope `read`.
    """
    require_scope(request, "read")
    return _represent(request.user)  # type: ignore[arg-type]


@router.patch(
    "/queue",
    response=QueueOut,
    operation_id="switch_queue",
    tags=["Queue"],
    summary="Pause, resume, close or open the queue",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": SWITCH_EXAMPLES}}}},
)
def switch_queue(request: HttpRequest, switches: SwitchesIn) -> QueueOut:
    """Change the state of the queue, for all users; the audit log records it.

    For staff who may change the queue's state. Needs the scope `admin`.
    """
    require_scope(request, "admin")
    require_permission(request, "generation.change_queuestate")
    queue_control.set_state(actor=request.user, **switches.model_dump())  # type: ignore[arg-type]
    return _represent(request.user)  # type: ignore[arg-type]


@router.post(
    "/queue/order",
    response=QueueOut,
    operation_id="order_queue",
    tags=["Queue"],
    summary="Reorder own queued jobs",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": ORDER_EXAMPLE}}}},
)
def order_queue(request: HttpRequest, order: OrderIn) -> QueueOut:
    """Let some of one's own queued jobs start in the order named; they exchange the positions that they have.

    Jobs that started or ended meanwhile are left out without an error. The turns of other users do not change.
    Needs the scope `generate`.
    """
    require_scope(request, "generate")
    reorder(owner=request.user, job_ids=order.jobs)  # type: ignore[arg-type]
    return _represent(request.user)  # type: ignore[arg-type]


@router.post(
    "/jobs/{job_id}/front",
    response=JobOut,
    operation_id="move_job_to_front",
    tags=["Jobs"],
    summary="Move a job to the front",
)
def front(request: HttpRequest, job_id: uuid.UUID) -> JobOut:
    """Move a queued job before all other queued jobs of its owner; one that is not queued stays as it is.

    The turns of other users do not change. Needs the scope `generate`.
    """
    require_scope(request, "generate")
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=job_id)  # type: ignore[arg-type]
    return serialize_job(move_to_front(job=job))


def _represent(user: User) -> QueueOut:
    state = current_state()
    own = {lane: Job.objects.queued().filter(owner=user, lane=lane) for lane in settings.LANES}
    jobs = [job for line in own.values() for job in line.only("pk", "lane", "prompt")[:LISTED_AT_MOST]]
    places = eta.places(wanted=[job.pk for job in jobs]) if jobs else {}
    return QueueOut(
        state=str(state),
        paused=state.paused,
        closed=state.closed,
        maintenance=state.maintenance,
        until=state.until,
        message=state.message if state.paused or state.closed else "",
        waiting={lane: Job.objects.queued().filter(lane=lane)[:COUNTED_TO].count() for lane in settings.LANES},
        kinds=_kinds(user),
        jobs=[_waiting(job, places.get(job.pk)) for job in jobs],
    )


def _kinds(user: User) -> list[KindOut]:
    rows = Job.objects.filter(status=Job.Status.QUEUED).order_by().values_list("owner", "source", "parameters__task")
    jobs: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for owner, source, task in rows[:COUNTED_TO]:
        kind = source if source in WITHOUT_IMAGES else task or "text_to_image"
        jobs[kind] += 1
        own[kind] += owner == user.pk
    return [KindOut(kind=kind, jobs=number, own=own[kind]) for kind, number in jobs.most_common()]


def _waiting(job: Job, place: eta.Place | None) -> WaitingOut:
    return WaitingOut(
        id=job.pk,
        lane=job.lane,
        prompt=job.prompt,
        position=place.position if place else None,
        eta_seconds=place.eta_seconds if place else None,
    )
