"""Rate limits of all APIs and pages: moving windows in Redis.

A limit protects the site and must not bring it down: while Redis does not answer everything passes, and
`sdsite_rate_limit_unavailable_total` counts these checks.
"""

import logging
import math
import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from sdsite import redis_address

logger = logging.getLogger(__name__)

ANSWER_WITHIN_SECONDS = 0.2
PAUSE_SECONDS = 2.0  # after a failure without asking Redis, so that a hanging Redis does not slow every request

unavailable = Counter("sdsite_rate_limit_unavailable", "Checks that passed because Redis did not answer.", ["limit"])
refused = Counter("sdsite_rate_limit_refused", "Requests refused by a rate limit.", ["limit"])


@dataclass(frozen=True)
class Limit:
    """At most `amount` events in any `seconds` for one identity."""

    amount: int
    seconds: int
    meaning: str


LIMITS: dict[str, Limit] = {
    "wrong_key": Limit(30, 60, "Requests with a wrong API key from one address."),
    "api_call": Limit(1200, 60, "API requests of one key, or of one user by session."),
    "fetch": Limit(60, 60, "Images that the site fetches for one user."),
    "webhook_test": Limit(20, 60, "Test deliveries and redeliveries of webhooks that one user requests."),
}


class RateLimited(Exception):
    """Too many events; `retry_after` is in whole seconds, at least 1."""

    def __init__(self, limit: str, retry_after: int) -> None:
        """Keep the name of the limit and when to retry."""
        super().__init__(f"Too many requests. Try again in {retry_after} s.")
        self.limit = limit
        self.retry_after = retry_after


_paused_until = 0.0


@lru_cache(maxsize=4)
def _limiter(url: str) -> MovingWindowRateLimiter:
    client = redis_address.parse(url).client(
        socket_timeout=ANSWER_WITHIN_SECONDS,
        socket_connect_timeout=ANSWER_WITHIN_SECONDS,
        retry=Retry(NoBackoff(), 0),  # three retries would make a hanging Redis hang the request
    )
    # The URL only chooses redis-py; the pool of connections knows the address.
    storage = RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix="sdsite:limits")
    return MovingWindowRateLimiter(storage)


def spend(name: str, identity: str) -> None:
    """Count one event of `identity` (an address, a key's id) against `LIMITS[name]`.

    Blocks for a fraction of a second at most: call it from a thread, not from an event loop.

    Raises:
        RateLimited: the window is full. A refused event is not counted again.
    """
    global _paused_until
    limit = LIMITS[name]
    if time.monotonic() < _paused_until:
        unavailable.labels(name).inc()
        return
    item = RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=name)
    try:
        limiter = _limiter(settings.REDIS_URL)
        if limiter.hit(item, identity):
            return
        reset_at = limiter.get_window_stats(item, identity).reset_time
    except (RedisError, OSError) as error:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        unavailable.labels(name).inc()
        logger.warning("rate limit %s passes everything, Redis does not answer: %s", name, error)
        return
    refused.labels(name).inc()
    raise RateLimited(name, max(1, math.ceil(reset_at - time.time())))
