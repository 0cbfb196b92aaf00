"""What somebody who connects must know at once."""

import logging
from typing import Any

from redis import RedisError

from generation.jobs.queue import connection
from generation.models import Job
from generation.realtime.events import Snapshot
from generation.realtime.frames import decode_binary
from generation.realtime.publish import preview_key
from generation.representations import represent_jobs

logger = logging.getLogger(__name__)

JOBS_AT_MOST = 200


def snapshot(user: Any) -> tuple[Snapshot, list[tuple[dict[str, Any], bytes]]]:
    """Return every unfinished job of `user`, and the last preview (message, JPEG) of each of their images."""
    unfinished = Job.objects.visible_to(user).unfinished().select_related("checkpoint").order_by("created_at")
    jobs = list(unfinished[:JOBS_AT_MOST])
    shown = [job.model_dump(mode="json") for job in represent_jobs(jobs)]
    return Snapshot(None, 0, shown), _last_previews(jobs)


def _last_previews(jobs: list[Job]) -> list[tuple[dict[str, Any], bytes]]:
    running = [job for job in jobs if job.status == Job.Status.RUNNING]
    keys = [preview_key(str(job.pk), index) for job in running for index in range(job.count)]
    if not keys:
        return []
    try:
        return [decode_binary(frame) for frame in connection().mget(keys) if isinstance(frame, bytes)]
    except RedisError as error:
        logger.warning("no previews in a snapshot: %s", error)
        return []
