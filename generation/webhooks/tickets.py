"""The bell of those who send: an RQ ticket that says "something is due". Rows are the truth, so it may be lost."""

import logging

import django_rq
from redis import RedisError

from generation.redis_client import connection

logger = logging.getLogger(__name__)

QUEUE = "webhooks"
TICKET = "generation.webhooks.worker.deliver_ticket"


def ring() -> bool:
    """Leave a ticket unless one waits already; return False (and log) when Redis is away."""
    try:
        tickets = django_rq.get_queue(QUEUE, connection=connection())
        if tickets.count == 0:
            tickets.enqueue(TICKET, result_ttl=0, failure_ttl=60, job_timeout=-1)
    except RedisError as error:
        logger.warning("no ticket for webhooks, the process that sends them looks by itself: %s", error)
        return False
    return True
