"""Token bucket that bounds how many websocket frames are read, shared by the connections of one user."""

import time
from collections.abc import Callable
from weakref import WeakValueDictionary

FRAMES_PER_SECOND = 500.0
BURST = 500.0  # frames that may be read at once after a pause


class FrameBudget:
    """A token bucket: `rate` tokens a second, at most `burst` kept."""

    def __init__(
        self, rate: float = FRAMES_PER_SECOND, burst: float = BURST, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin full."""
        self.rate, self.burst, self.now = rate, burst, now
        self._left, self._counted_at = burst, now()

    def take(self) -> bool:
        """Take one token; False where none is left."""
        moment = self.now()
        self._left = min(self.burst, self._left + (moment - self._counted_at) * self.rate)
        self._counted_at = moment
        if self._left < 1:
            return False
        self._left -= 1
        return True


_of_user: "WeakValueDictionary[int, FrameBudget]" = WeakValueDictionary()


def budget_of(user_id: int) -> FrameBudget:
    """Return the budget that all connections of a user in this process share; it lives as long as one of them."""
    return _of_user.setdefault(user_id, FrameBudget())
