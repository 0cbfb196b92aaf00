"""Router of the workers: which live, what they have loaded, drain one, unload a checkpoint."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from generation.jobs import worker_control
from generation.queue.workers import FailedWorker, LiveWorker, failed_workers, live_workers
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Administration"])

SCOPE = "admin"
LOOK, OPERATE = "generation.view_job", "generation.change_queuestate"  # as on the admin's first page
LONGEST_NAME = 200

Name = Annotated[str, Path(description="Name of a live worker.", max_length=LONGEST_NAME)]


class LoadedCheckpointOut(BaseModel):
    """A checkpoint in a worker's memory."""

    slug: str = Field(examples=["starter"])
    size_bytes: int = Field(description="Of all its weights.", examples=[4_260_000_000])
    device_bytes: int = Field(description="Of those on the device while it generates.", examples=[4_260_000_000])
    memory_mode: str = Field(description="How its weights are kept.", examples=["resident"])


class WorkerOut(BaseModel):
    """A worker that has reported within the last seconds."""

    name: str = Field(examples=["4f1d9c0e2b7a"])
    lanes: list[str] = Field(description="Lanes that it serves.", examples=[["interactive", "batch"]])
    state: str = Field(description="`starting`, `idle` or `busy`.", examples=["busy"])
    draining: bool = Field(description="It finishes what it has and claims nothing more.", examples=[False])
    job: str | None = Field(description="Id of the job in hand.", examples=[None])
    device: str = Field(examples=["cuda:0"])
    hardware: str = Field(description="The device in words.", examples=["NVIDIA H200, 139.8 GiB"])
    notes: list[str] = Field(description="Sentences on what is amiss with it.", examples=[[]])
    loaded: list[LoadedCheckpointOut] = Field(description="Loaded checkpoints, the one used last at the end.")
    memory_free: int = Field(description="Free bytes of the device after the last call.", examples=[98_000_000_000])
    memory_total: int = Field(description="Bytes of the device; 0: not known yet.", examples=[150_000_000_000])
    seen_at: datetime = Field(description="When it last reported.")


class FailedWorkerOut(BaseModel):
    """A worker that ended because its device failed."""

    name: str = Field(examples=["4f1d9c0e2b7a"])
    place: str = Field(description="Machine and device.", examples=["gpu-1, cuda:0"])
    reason: str = Field(examples=["CUDA error: device lost"])
    failed_at: datetime
    next_try_at: datetime | None = Field(description="When it is started again; null: nobody is known to do it.")


class WorkersOut(BaseModel):
    """All live workers by name, and those that ended because their device failed."""

    items: list[WorkerOut]
    failed: list[FailedWorkerOut]


class WorkerIn(StrictModel):
    """An order to a worker."""

    draining: bool = Field(description="True: claim nothing more; false: claim jobs again.", examples=[True])


class UnloadIn(StrictModel):
    """A checkpoint that a worker is to drop from memory."""

    checkpoint: str = Field(min_length=1, max_length=LONGEST_NAME, description="Its slug.", examples=["starter"])


@router.get("/admin/workers", response=WorkersOut, operation_id="list_workers", summary="List the workers")
def list_workers(request: HttpRequest) -> WorkersOut:
    """Return the live workers with what they have loaded, and the failed ones. Needs the scope `admin`.

    For staff who may view jobs of all people.
    """
    require_scope(request, SCOPE)
    require_permission(request, LOOK)
    return WorkersOut(
        items=[_represent(worker) for worker in live_workers()],
        failed=[_represent_failed(worker) for worker in failed_workers()],
    )


@router.patch(
    "/admin/workers/{name}", response={202: WorkerOut}, operation_id="drain_worker", summary="Drain a worker, or undo"
)
def drain_worker(request: HttpRequest, name: Name, body: WorkerIn) -> Status[WorkerOut]:
    """Let a worker finish what it has and claim nothing more, or claim jobs again. Needs the scope `admin`.

    It follows within about a second; the answer has the worker as it was before. It is not stopped, and keeps what it
    has loaded. For staff who may change the queue's state.
    """
    _require_operator(request)
    worker = worker_control.set_draining(name=name, draining=body.draining, actor=request.user)  # type: ignore[arg-type]
    return Status(202, _represent(worker))


@router.post(
    "/admin/workers/{name}/unload",
    response={202: WorkerOut},
    operation_id="unload_checkpoint",
    summary="Unload a checkpoint",
)
def unload_checkpoint(request: HttpRequest, name: Name, body: UnloadIn) -> Status[WorkerOut]:
    """Let a worker drop a loaded checkpoint from memory, when its jobs have ended. Needs the scope `admin`.

    The next job that names the checkpoint loads it again. The answer has the worker as it was before. For staff who may
    change the queue's state.
    """
    _require_operator(request)
    worker = worker_control.unload_checkpoint(name=name, slug=body.checkpoint, actor=request.user)  # type: ignore[arg-type]
    return Status(202, _represent(worker))


def _require_operator(request: HttpRequest) -> None:
    require_scope(request, SCOPE)
    require_permission(request, OPERATE)


def _represent(worker: LiveWorker) -> WorkerOut:
    values = asdict(worker)
    return WorkerOut.model_validate(
        {**values, "job": worker.current_job_id, "seen_at": datetime.fromtimestamp(worker.seen_at, tz=UTC)}
    )


def _represent_failed(worker: FailedWorker) -> FailedWorkerOut:
    next_try = None if worker.next_try_at is None else datetime.fromtimestamp(worker.next_try_at, tz=UTC)
    return FailedWorkerOut(
        name=worker.name,
        place=worker.place,
        reason=worker.reason,
        failed_at=datetime.fromtimestamp(worker.failed_at, tz=UTC),
        next_try_at=next_try,
    )
