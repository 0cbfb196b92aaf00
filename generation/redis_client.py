"""Redis client of the process."""

from functools import cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sdsite import redis_address


@cache
def connection() -> Redis:
    """Return the Redis client shared by queue, previews and worker reports; safe in any thread.

    It tries twice and gives up; the several seconds of redis-py's default are too long for a wake-up.
    """
    return redis_address.parse(settings.REDIS_URL).client(retry=Retry(NoBackoff(), 1), socket_connect_timeout=2)
