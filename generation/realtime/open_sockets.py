"""The authenticated websockets of this process: their number for each user, and their end with their credentials."""

import asyncio
import logging
from typing import Protocol

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error, connection

from generation.errors import JobRefused
from generation.realtime.authentication import Connection, why_ended

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

    async def dismiss(self, why: PermissionError) -> None:
        """Close the websocket, because its credentials are no longer valid, or its user has a step to do first."""


_open: dict[int, set[Socket]] = {}
_watch: asyncio.Task[None] | None = None


def add(socket: Socket) -> None:
    """Count a websocket as open, and close it once its session or key ended, its user is suspended or has a step due.

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
        ended = await database_sync_to_async(_why_ended)(checked) if checked else []
        for sockets, why in zip(by_secret.values(), ended, strict=True):
            for socket in sockets if why is not None else ():
                await socket.dismiss(why)


def _why_ended(connections: list[Connection]) -> list[PermissionError | None]:
    """Return for each connection why it may not stay, or None; all may while the database does not answer."""
    try:
        return [why_ended(connected) for connected in connections]
    except Error as error:
        logger.warning("credentials of websockets are not checked, the database does not answer: %s", error)
        connection.close()
        return [None] * len(connections)
