"""Orders of administrators, as a worker follows them: drain, go on, and unload checkpoints."""

import logging

from redis import RedisError

from generation.queue import worker_orders
from generation.worker.control import residency
from generation.worker.session import WorkerSession

logger = logging.getLogger(__name__)


def follow(session: WorkerSession) -> None:
    """Read the worker's orders, with each heartbeat; unload at once what is ordered while no job is held.

    While Redis is away the last order holds.
    """
    try:
        drained = worker_orders.read_drain(session.name)
        session.to_unload |= worker_orders.take_unload(session.name)
    except RedisError as error:
        logger.debug("the worker's orders could not be read: %s", error)
        return
    if drained is not None and drained != session.drained:
        logger.info("worker %s %s", session.name, "claims nothing more" if drained else "claims jobs again")
        session.drained = drained
    if session.to_unload and not session.held():
        # Not on this thread: taking down many gigabytes may outlast a lease.
        session.storing_pool.submit(unload, session)


def unload_if_ordered(session: WorkerSession) -> None:
    """Drop what is ordered to be dropped, between two jobs: on the thread that generates, so no call is using it."""
    if session.to_unload:
        unload(session)


def unload(session: WorkerSession) -> None:
    """Drop the checkpoints that were ordered to be, which no call is using."""
    from generation.pipelines import generate  # seconds of import, which the worker has done before it claims

    while session.to_unload:
        slug = session.to_unload.pop()
        if generate.unload(slug):
            logger.info("worker %s unloaded %s", session.name, slug)
    residency.note(session)
