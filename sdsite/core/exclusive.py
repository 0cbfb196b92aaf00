"""Work of which each person may have one running at a time, whichever web process does it.

A key in Redis with a short life stands for it, so that a process that is killed blocks nobody for long. While Redis
does not answer, nobody is refused, as with rate limits.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sdsite.core import rate_limits

SECONDS = 30  # for which a key lives unless it is renewed

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class AlreadyRunning(rate_limits.RateLimited):
    """The person has one of these running already."""

    def __init__(self, name: str, message: str) -> None:
        """Keep the message for people; it can be tried again after a few seconds."""
        super().__init__(name, retry_after=5)
        self.args = (message,)


@dataclass
class Turn:
    """A person's turn at the work `name`; `renew` it more often than every SECONDS, and `release` it in the end.

    All three block for a fraction of a second at most: call them from a thread, not from an event loop.
    """

    name: str
    key: str
    secret: str

    def renew(self) -> None:
        """Keep the turn for another SECONDS."""
        rate_limits.ask(self.name, lambda storage: _client(storage).expire(self.key, SECONDS))

    def release(self) -> None:
        """Let the person start again; a turn that was lost meanwhile, and taken again, stays with the other."""
        rate_limits.ask(self.name, lambda storage: _client(storage).eval(_RELEASE, 1, self.key, self.secret))


def take_turn(name: str, identity: object, *, message: str) -> Turn:
    """Take the turn of a person at the work `name`.

    Raises:
        AlreadyRunning: it is taken; with `message`.
    """
    turn = Turn(name, f"sdsite:running:{name}:{identity}", secrets.token_hex(8))
    taken = rate_limits.ask(
        name, lambda storage: bool(_client(storage).set(turn.key, turn.secret, nx=True, ex=SECONDS))
    )
    if taken is False:
        raise AlreadyRunning(name, message)
    return turn


def _client(storage: Any) -> Any:
    return storage.storage
