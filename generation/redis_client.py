"""Redis client of the process."""

from functools import cache

from django.conf import settings
from redis import ConnectionError, Redis  # noqa: A004
from redis.backoff import NoBackoff
from redis.retry import Retry

from sdsite import redis_address

ANSWER_SECONDS = 1.0


@cache
def connection() -> Redis:
    """Return the Redis client shared by queue, previews and worker reports; safe in any thread.

    A connection that broke is tried once more; a server that does not answer within ANSWER_SECONDS is not, because a
    request waits for it, and wake-ups, positions and reports may be missed.
    """
    retry = Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))
    timeouts = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
    return redis_address.parse(settings.REDIS_URL).client(retry=retry, **timeouts)
