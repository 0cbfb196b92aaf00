"""Task ids that clients give to their requests (`force_task_id`), to ask for their progress.

They are a hint, kept in Redis: jobs go on without it, and only `/internal/` reads it. Each user has ids of their own.
"""

import logging
import uuid
from collections.abc import Sequence

from redis import RedisError

from generation.redis_client import connection

logger = logging.getLogger(__name__)

SECONDS = 24 * 3600
LONGEST_NAME = 200


def remember(user_id: int, task: str, job_id: uuid.UUID) -> None:
    """Store for SECONDS that `task` of a user is the job `job_id`; the last job of an id counts."""
    if len(task) > LONGEST_NAME:
        return
    try:
        with connection().pipeline(transaction=False) as pipe:
            pipe.set(_job_key(user_id, task), str(job_id), ex=SECONDS)
            pipe.set(_task_key(job_id), task.encode(errors="replace"), ex=SECONDS)
            pipe.execute()
    except RedisError as error:
        logger.warning("task id not stored: %s", error)


def get_job_id(user_id: int, task: str) -> uuid.UUID | None:
    """Return the id of the job of a user's `task`; None where it is unknown."""
    if len(task) > LONGEST_NAME:
        return None
    try:
        found = connection().get(_job_key(user_id, task))
    except RedisError as error:
        logger.warning("task id not looked up: %s", error)
        return None
    return uuid.UUID(found.decode()) if isinstance(found, bytes) else None


def get_task_ids(job_ids: Sequence[uuid.UUID]) -> list[str]:
    """Return the task ids of those jobs; the job's own id where it has none."""
    if not job_ids:
        return []
    try:
        found = connection().mget([_task_key(job_id) for job_id in job_ids])
    except RedisError:
        found = [None] * len(job_ids)
    pairs = zip(found, job_ids, strict=True)
    return [name.decode(errors="replace") if isinstance(name, bytes) else str(pk) for name, pk in pairs]


def _job_key(user_id: int, task: str) -> bytes:
    return f"sdsite:sdapi:job:{user_id}:".encode() + task.encode(errors="replace")


def _task_key(job_id: uuid.UUID) -> str:
    return f"sdsite:sdapi:task:{job_id}"
