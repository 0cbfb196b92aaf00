"""The one Redis client."""

from functools import cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


@cache
def connection() -> Redis:
    """Return the Redis client that queue, previews and worker reports share; any thread may use it.

    It tries twice and gives up: redis-py's own default of several seconds would make people wait for a mere bell.
    """
    return Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 1), socket_connect_timeout=2)
