"""Budget of web seconds: the processor time of the web process that one user's requests may take in a minute.

What a request costs is known only once it was answered, so a user whose requests were expensive is refused until the
window ends. Like every rate limit it passes everything while Redis does not answer.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from sdsite.core import rate_limits

NAME = "web_seconds"
WINDOW = 60  # seconds
LEAST = 0.001  # seconds; cheaper requests are counted as this


def check(user_id: int) -> None:
    """Refuse a request of a user whose budget is used up. Call it from a thread.

    Raises:
        RateLimited: until the window ends.
    """
    if not _budget():
        return
    item, identity = _item(), f"user:{user_id}"

    def seconds_left(limiter: FixedWindowRateLimiter) -> float:
        return (
            0.0 if limiter.test(item, identity) else limiter.get_window_stats(item, identity).reset_time - time.time()
        )

    left = rate_limits.ask(NAME, lambda storage: seconds_left(FixedWindowRateLimiter(storage)))
    if left:
        rate_limits.refused.labels(NAME).inc()
        raise rate_limits.RateLimited(NAME, max(1, math.ceil(left)))


def charge(user_id: int, seconds: float) -> None:
    """Count what a request of a user has cost. Call it from a thread."""
    if _budget():
        cost = math.ceil(max(seconds, LEAST) * 1000)
        # Counted whatever is left: an expensive last request lowers nothing but the rest of this window.
        rate_limits.ask(
            NAME, lambda storage: FixedWindowRateLimiter(storage).hit(_item(), f"user:{user_id}", cost=cost)
        )


@contextmanager
def charging(user_id: int) -> Iterator[None]:
    """Count the processor time of this thread while the context lasts."""
    began = time.thread_time()
    try:
        yield
    finally:
        charge(user_id, time.thread_time() - began)


def _budget() -> float:
    return float(settings.ENV["SDSITE_WEB_SECONDS"])


def _item() -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(math.ceil(_budget() * 1000), WINDOW, namespace=NAME)
