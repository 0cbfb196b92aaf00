"""The bell: tickets in RQ, cancel calls, and who is listening.

A ticket carries no job; it says "there is work". Rows are the truth, so everything here may fail and is only logged:
the reaper rings again.
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
        _tickets(lane).enqueue(TICKET, result_ttl=0, failure_ttl=60, job_timeout=-1)
    except RedisError as error:
        logger.warning("no ticket for lane %s, the reaper will ring: %s", lane, error)
        return False
    return True


def _tickets(lane: str) -> Any:
    return django_rq.get_queue(lane, connection=connection())


def ring_idle_lanes() -> int:
    """Ring for every lane that has waiting rows and no ticket, unless nothing may start; return how many were rung."""
    rung = 0
    if QueueState.objects.filter(pk=1, paused=True).exists():
        return rung
    for lane in settings.LANES:
        # Asked by every worker every second: one look into the index, however many wait.
        if not Job.objects.filter(status=Job.Status.QUEUED, lane=lane).exists():
            continue
        try:
            empty = _tickets(lane).count == 0
        except RedisError:
            return rung
        rung += int(empty and wake(lane))
    return rung


def ring_cancel(job_id: uuid.UUID) -> None:
    """Tell the workers at once that a job is to stop; if this is lost they read it from the row within a second."""
    try:
        connection().publish(CANCEL_CHANNEL, str(job_id))
    except RedisError as error:
        logger.warning("cancel of %s is only in the row: %s", job_id, error)


def depth() -> dict[str, int]:
    """Return how many rows wait in each lane."""
    counted = Job.objects.filter(status=Job.Status.QUEUED).order_by().values_list("lane").annotate(Count("pk"))
    return {**dict.fromkeys(settings.LANES, 0), **dict(counted)}
