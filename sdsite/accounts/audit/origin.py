"""Origin of what is done: the address, the API key and the door of the request, socket, worker or command at work.

The audit log takes it from here, so that no caller needs to pass it. It lives in a context variable: threads that
Django and Channels start for a request have a copy, other threads have the origin of their process.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

from sdsite.accounts.models import ApiKey

MOST_OF_DOOR = 60  # characters, as in the audit log


@dataclass(frozen=True)
class Origin:
    """Where a deed came from; `door` is "page", "admin", "api", a dialect's name, "websocket", "worker" or a command.

    `door` may be a function, because most requests write no audit event.
    """

    door: str | Callable[[], str] = ""
    address: str | None = None
    key: ApiKey | None = None

    @property
    def door_name(self) -> str:
        """The name of the door, cut to the column's length."""
        return (self.door if isinstance(self.door, str) else self.door())[:MOST_OF_DOOR]


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def get_origin() -> Origin:
    """Return the origin of what runs now; that of the process where no request or socket is at work."""
    return _origin.get() or Origin(_door_of_process())


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Do what is inside as coming from `origin`."""
    before = _origin.get()
    _origin.set(origin)
    try:
        yield
    finally:
        _origin.set(before)  # no token, which another context would refuse when a request is dropped in the middle


def note_key(key: ApiKey) -> None:
    """Add the key that authenticated the request or socket at work; elsewhere a key does not stay."""
    if (now := _origin.get()) is not None:
        _origin.set(replace(now, key=key))


def _door_of_process() -> str:
    """Return "worker" in a worker, "command: NAME" in another command of manage.py, else ""."""
    program, *arguments = sys.argv or [""]
    if Path(program).name != "manage.py" or not arguments:
        return ""
    return "worker" if arguments[0] == "rqworker" else f"command: {arguments[0]}"
