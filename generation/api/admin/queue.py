"""Router of the queue as administrators see it: its state with the switches, and what waits and runs."""

from datetime import datetime
from typing import Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from generation.api.queue import COUNTED_TO, SWITCH_EXAMPLES, SwitchesIn
from generation.jobs import queue_control
from generation.models import Job
from generation.queue.state import current_state
from sdsite.accounts.scopes import require_permission, require_scope

router = Router(tags=["Administration"])

SCOPE = "admin"
LOOK, OPERATE = "generation.view_queuestate", "generation.change_queuestate"


class QueueStateOut(BaseModel):
    """The state of the queue, and how much of all people waits and runs."""

    state: Literal["open", "paused", "closed"] = Field(description="In one word; `closed` may be paused as well.")
    paused: bool = Field(description="No job starts; running ones end; new ones are queued.")
    closed: bool = Field(description="New jobs are refused; queued ones are still generated.")
    message: str = Field(
        description="For people, while the queue is paused or closed; kept for the next time.", examples=[""]
    )
    changed_at: datetime | None = Field(description="When the state was last changed; null: never.")
    waiting: dict[str, int] = Field(
        description=f"Queued jobs by lane, counted to {COUNTED_TO}.", examples=[{"interactive": 3, "batch": 0}]
    )
    running: int = Field(description=f"Running jobs, counted to {COUNTED_TO}.", examples=[1])


@router.get("/admin/queue", response=QueueStateOut, operation_id="get_queue_state", summary="Get the queue's state")
def get_queue_state(request: HttpRequest) -> QueueStateOut:
    """Return the queue's switches, and how many jobs wait and run. Needs the scope `admin`.

    For staff who may view the queue's state.
    """
    require_scope(request, SCOPE)
    require_permission(request, LOOK)
    return _represent()


@router.patch(
    "/admin/queue",
    response=QueueStateOut,
    operation_id="switch_queue_state",
    summary="Pause, resume, close or open the queue",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": SWITCH_EXAMPLES}}}},
)
def switch_queue_state(request: HttpRequest, switches: SwitchesIn) -> QueueStateOut:
    """Change the state of the queue for all people, as `PATCH /queue` does. Needs the scope `admin`.

    For staff who may change the queue's state; the audit log records it.
    """
    require_scope(request, SCOPE)
    require_permission(request, OPERATE)
    queue_control.set_state(actor=request.user, **switches.model_dump())  # type: ignore[arg-type]
    return _represent()


def _represent() -> QueueStateOut:
    state = current_state()
    return QueueStateOut(
        state=str(state),
        paused=state.paused,
        closed=state.closed,
        message=state.message,
        changed_at=state.changed_at,
        waiting={lane: Job.objects.queued().filter(lane=lane)[:COUNTED_TO].count() for lane in settings.LANES},
        running=Job.objects.running()[:COUNTED_TO].count(),
    )
