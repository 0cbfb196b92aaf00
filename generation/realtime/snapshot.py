"""The snapshot sent to every new connection: unfinished jobs and their last previews."""

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone
from redis import RedisError

from generation.events.framing import decode_binary
from generation.events.publish import preview_key
from generation.events.types import Snapshot
from generation.jobs.notifications import published_places
from generation.models import Job
from generation.redis_client import connection
from generation.serializers.jobs import serialize_jobs

logger = logging.getLogger(__name__)

JOBS_AT_MOST = 200
MOST_SECONDS_AWAY = 600.0
SLACK_SECONDS = 10.0  # a client notices a lost connection late


def snapshot(user: Any, seconds_away: float = 0.0) -> tuple[Snapshot, list[tuple[dict[str, Any], bytes]]]:
    """Return every unfinished job of `user`, and the last preview (message, JPEG) of each of their images.

    For a client that was away for `seconds_away`, 0 to MOST_SECONDS_AWAY, also the jobs that ended meanwhile.
    """
    own = Job.objects.visible_to(user).select_related("checkpoint")
    jobs = list(own.unfinished().order_by("created_at")[:JOBS_AT_MOST])
    if seconds_away > 0:
        since = timezone.now() - timedelta(seconds=seconds_away + SLACK_SECONDS)
        ended = own.filter(finished_at__gte=since).order_by("-finished_at")[:JOBS_AT_MOST]
        jobs = [*reversed(ended), *jobs]
    shown = [job.model_dump(mode="json") for job in serialize_jobs(jobs, published_places())]
    return Snapshot(None, 0, shown), last_previews(jobs)


def last_previews(jobs: list[Job]) -> list[tuple[dict[str, Any], bytes]]:
    """Return the last preview (message, JPEG) of every image of the running ones among `jobs`."""
    running = [job for job in jobs if job.status == Job.Status.RUNNING]
    keys = [preview_key(str(job.pk), index) for job in running for index in range(job.count)]
    if not keys:
        return []
    try:
        return [decode_binary(frame) for frame in connection().mget(keys) if isinstance(frame, bytes)]
    except RedisError as error:
        logger.warning("no previews in a snapshot: %s", error)
        return []
