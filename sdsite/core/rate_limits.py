"""Rate limits of all APIs and pages: moving windows in Redis.

A limit protects the site and must not bring it down: while Redis does not answer everything passes, and
`sdsite_rate_limit_unavailable_total` counts these checks.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

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
    "login": Limit(5, 300, "Attempts to log in with one name from one address; forgotten after a right one."),
    "wrong_login": Limit(30, 300, "Wrong attempts to log in from one address, whatever the names."),
    "fetch": Limit(60, 60, "Images that the site fetches for one user."),
    "link_password": Limit(10, 300, "Passwords tried at one share link from one address."),
    "link_passwords": Limit(100, 3600, "Passwords tried at one share link from anywhere."),
    "report": Limit(50, 86400, "Images that one user reports to the moderators."),
    "notice_mail": Limit(20, 86400, "Mails with notices to one person."),
    "enhance": Limit(20, 60, "Prompts of one user that the language model rewrites."),
    "webhook_test": Limit(20, 60, "Test deliveries and redeliveries of webhooks that one user requests."),
}


class RateLimited(Exception):
    """Too many events; `retry_after` is in whole seconds, at least 1."""

    def __init__(self, limit: str, retry_after: int) -> None:
        """Keep the name of the limit and when to retry."""
        super().__init__(f"Too many requests. Try again in {retry_after} s.")
        self.limit = limit
        self.retry_after = retry_after


Answer = TypeVar("Answer")

_paused_until = 0.0


@lru_cache(maxsize=4)
def _storage(url: str) -> RedisStorage:
    client = redis_address.parse(url).client(
        socket_timeout=ANSWER_WITHIN_SECONDS,
        socket_connect_timeout=ANSWER_WITHIN_SECONDS,
        retry=Retry(NoBackoff(), 0),  # three retries would make a hanging Redis hang the request
    )
    # The URL only chooses redis-py; the pool of connections knows the address.
    return RedisStorage("redis://", connection_pool=client.connection_pool, key_prefix="sdsite:limits")


def ask(name: str, question: Callable[[RedisStorage], Answer]) -> Answer | None:
    """Return `question(storage)`; None, counted for the limit `name`, where Redis does not answer or lately did not.

    Blocks for a fraction of a second at most: call it from a thread, not from an event loop.
    """
    global _paused_until
    if time.monotonic() < _paused_until:
        unavailable.labels(name).inc()
        return None
    try:
        return question(_storage(settings.REDIS_URL))
    except (RedisError, OSError) as error:
        _paused_until = time.monotonic() + PAUSE_SECONDS
        unavailable.labels(name).inc()
        logger.warning("rate limit %s passes everything, Redis does not answer: %s", name, error)
        return None


def spend(name: str, identity: str) -> None:
    """Count one event of `identity` (an address, a key's id) against `LIMITS[name]`.

    Blocks for a fraction of a second at most: call it from a thread, not from an event loop.

    Raises:
        RateLimited: the window is full. A refused event is not counted again.
    """
    _refuse_unless(name, identity, MovingWindowRateLimiter.hit)


def check(name: str, identity: str) -> None:
    """Refuse what `spend` would refuse, without counting anything; raises and blocks as it does."""
    _refuse_unless(name, identity, MovingWindowRateLimiter.test)


def forget(name: str, identity: str) -> None:
    """Forget the events of `identity`, because they turned out to be no misuse."""
    ask(name, lambda storage: MovingWindowRateLimiter(storage).clear(_item(name), identity))


def _item(name: str) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(LIMITS[name].amount, LIMITS[name].seconds, namespace=name)


def _refuse_unless(name: str, identity: str, allows: Callable[..., bool]) -> None:
    item = _item(name)

    def seconds_left(storage: RedisStorage) -> float:
        limiter = MovingWindowRateLimiter(storage)
        if allows(limiter, item, identity):
            return 0.0
        return limiter.get_window_stats(item, identity).reset_time - time.time()

    left = ask(name, seconds_left)
    if left:
        refused.labels(name).inc()
        raise RateLimited(name, max(1, math.ceil(left)))
