"""Orders of administrators to a worker: claim nothing more, go on, unload a checkpoint."""

from django.db import transaction

from generation.queue import worker_orders
from generation.queue.workers import LiveWorker, live_workers
from sdsite.accounts import audit
from sdsite.accounts.models import User


class WorkerUnknown(LookupError):
    """No live worker has the name, or it has not loaded the checkpoint."""


def set_draining(*, name: str, draining: bool, actor: User) -> LiveWorker:
    """Let a worker finish what it has and claim nothing more, or claim jobs again; return it as it was.

    It is not stopped, and follows within about a second. A worker that is started anew claims jobs.

    Raises:
        WorkerUnknown: there is no such live worker.
        redis.RedisError: Redis is away; nothing is recorded.
    """
    worker = get_live(name)
    with transaction.atomic():
        verb = "drained" if draining else "resumed"
        audit.record(actor=actor, action=f"worker.{verb}", target=name, before=worker.draining, after=draining)
        worker_orders.order_drain(name, draining=draining)
    return worker


def unload_checkpoint(*, name: str, slug: str, actor: User) -> LiveWorker:
    """Let a worker drop a loaded checkpoint from memory, when its jobs have ended; return the worker as it was.

    The next job that names the checkpoint loads it again.

    Raises:
        WorkerUnknown: there is no such live worker, or it has not loaded the checkpoint.
        redis.RedisError: Redis is away; nothing is recorded.
    """
    worker = get_live(name)
    if slug not in {loaded["slug"] for loaded in worker.loaded}:
        raise WorkerUnknown(f"{name} has not loaded {slug}.")
    with transaction.atomic():
        audit.record(actor=actor, action="worker.unloaded", target=name, checkpoint=slug)
        worker_orders.order_unload(name, slug)
    return worker


def get_live(name: str) -> LiveWorker:
    """Return the live worker of this name.

    Raises:
        WorkerUnknown: there is none.
        redis.RedisError: Redis is away.
    """
    for worker in live_workers():
        if worker.name == name:
            return worker
    raise WorkerUnknown(f"There is no live worker {name}.")
