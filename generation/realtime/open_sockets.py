"""The authenticated websockets of this process: their number for each user, and their end with their credentials."""

import asyncio
import logging
from typing import Protocol

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error, connection

from generation.errors import JobRefused
from generation.realtime.authentication import Connection, is_still_valid

logger = logging.getLogger(__name__)

CHECK_SECONDS = 5.0  # for so long a connection may outlive a logout or the revocation of its key


class TooManySockets(JobRefused):
    """The user has as many websockets open as one may have."""

    def __init__(self, most: int) -> None:
        """Name the bound."""
        message = f"You have {most} websockets open, which is the most at once. Close one."
        super().__init__("too_many_streams", message, status=429)


class Socket(Protocol):
    """What an open websocket offers."""

    connection: Connection

    async def dismiss(self) -> None:
        """Close the websocket, because its credentials are no longer valid."""


_open: dict[int, set[Socket]] = {}
_watch: asyncio.Task[None] | None = None


def add(socket: Socket) -> None:
    """Count a websocket as open, and close it once its user logged out or was suspended, or its key was revoked.

    Raises:
        TooManySockets: the user has `SDSITE_SOCKETS` open.
    """
    global _watch
    most = settings.ENV["SDSITE_SOCKETS"]
    user_id = socket.connection.user.pk
    if len(_open.get(user_id, ())) >= most:
        raise TooManySockets(most)
    _open.setdefault(user_id, set()).add(socket)
    if _watch is None or _watch.done() or _watch.get_loop() is not asyncio.get_running_loop():
        _watch = asyncio.create_task(_dismiss_forever())


def discard(socket: Socket) -> None:
    """Count a websocket as closed."""
    sockets = _open.get(socket.connection.user.pk, set())
    sockets.discard(socket)
    if not sockets:
        _open.pop(socket.connection.user.pk, None)


async def _dismiss_forever() -> None:
    """Check the credentials of all open websockets every CHECK_SECONDS, each key and session once."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        by_secret: dict[tuple[str | None, str | None], list[Socket]] = {}
        for socket in [one for sockets in _open.values() for one in sockets]:
            by_secret.setdefault((socket.connection.raw_key, socket.connection.session_key), []).append(socket)
        checked = [sockets[0].connection for sockets in by_secret.values()]
        kept = await database_sync_to_async(_still_valid)(checked) if checked else []
        for sockets, may_stay in zip(by_secret.values(), kept, strict=True):
            for socket in () if may_stay else sockets:
                await socket.dismiss()


def _still_valid(connections: list[Connection]) -> list[bool]:
    """Tell for each connection whether it may stay; all may while the database does not answer."""
    try:
        return [is_still_valid(connected) for connected in connections]
    except Error as error:
        logger.warning("credentials of websockets are not checked, the database does not answer: %s", error)
        connection.close()
        return [True] * len(connections)
