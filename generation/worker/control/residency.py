"""What a worker has loaded, and the memory of its device, noted in its session after every pipeline call."""

from contextlib import suppress
from typing import cast

from generation.queue.workers import LoadedCheckpoint
from generation.worker.session import WorkerSession


def note(session: WorkerSession) -> None:
    """Note it; not on the thread of heartbeats, because it waits while a checkpoint is being loaded."""
    from generation.pipelines import generate  # seconds of import, which the worker has done before it claims

    session.loaded = generate.loaded_slugs()
    session.resident = cast("list[LoadedCheckpoint]", generate.loaded_checkpoints())
    with suppress(RuntimeError):  # of a device that has just failed: the next call says so
        session.memory = generate.device_memory()
