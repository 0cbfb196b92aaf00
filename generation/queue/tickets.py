"""RQ tickets, cancellation messages and the queue depth.

A ticket names no job; it says that there is work. Rows are the truth, so errors here are only logged: the reaper
enqueues tickets again, and workers read cancellations from the row.
"""

import logging
import uuid
from typing import Any

import django_rq
from django.conf import settings
from django.db.models import Count
from redis import RedisError

from generation.models import Job, QueueState
from generation.redis_client import connection

logger = logging.getLogger(__name__)

TICKET = "generation.worker.tasks.work_ticket"
CANCEL_CHANNEL = "sdsite:cancel"


def wake(lane: str) -> bool:
    """Enqueue a ticket in `lane`; return False (and log) when Redis is away."""
    try:
        _get_queue(lane).enqueue(TICKET, result_ttl=0, failure_ttl=60, job_timeout=-1)
    except RedisError as error:
        logger.warning("no ticket for lane %s, the reaper will enqueue one: %s", lane, error)
        return False
    return True


def _get_queue(lane: str) -> Any:
    return django_rq.get_queue(lane, connection=connection())


def wake_idle_lanes() -> int:
    """Enqueue a ticket in each lane with queued jobs and no ticket, unless the queue is paused; return how many."""
    woken = 0
    if QueueState.objects.filter(pk=1, paused=True).exists():
        return woken
    for lane in settings.LANES:
        # Runs every second in every worker: one index lookup, however many jobs wait.
        if not Job.objects.filter(status=Job.Status.QUEUED, lane=lane).exists():
            continue
        try:
            empty = _get_queue(lane).count == 0
        except RedisError:
            return woken
        woken += int(empty and wake(lane))
    return woken


def publish_cancel(job_id: uuid.UUID) -> None:
    """Publish to the workers that a job is cancelled; if that is lost, they read it from the row within a second."""
    try:
        connection().publish(CANCEL_CHANNEL, str(job_id))
    except RedisError as error:
        logger.warning("cancellation of %s is only in the row: %s", job_id, error)


def depth() -> dict[str, int]:
    """Return the number of queued jobs in each lane."""
    counted = Job.objects.filter(status=Job.Status.QUEUED).order_by().values_list("lane").annotate(Count("pk"))
    return {**dict.fromkeys(settings.LANES, 0), **dict(counted)}
