"""Base class of the websockets of one user: authentication, the user's channel group, closing."""

import asyncio
import logging
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error, connection
from redis import RedisError

from generation.events.framing import FRAMERS
from generation.events.groups import user_group
from generation.realtime.authentication import (
    Connection,
    NotAuthenticated,
    authenticate_connection,
    is_still_valid,
)
from sdsite.accounts.authentication import WrongKey
from sdsite.accounts.scopes import ScopeMissing
from sdsite.core.backpressure import Backpressure
from sdsite.core.rate_limits import RateLimited

logger = logging.getLogger(__name__)

UNAUTHORIZED = 4401
CLOSE_CODES: dict[type[Exception], int] = {
    NotAuthenticated: UNAUTHORIZED,
    WrongKey: UNAUTHORIZED,
    ScopeMissing: 4403,
    RateLimited: 4429,
}
PAUSES = (0.0, 0.1, 0.3, 0.6)  # seconds between attempts to reach the channel layer
STUCK_SECONDS = 120.0  # a client that has read nothing for so long is gone, whatever its connection says
CHECK_SECONDS = 5.0  # for so long a connection may outlive a logout or the revocation of its key


def _may_stay(connected: Connection) -> bool:
    try:
        return is_still_valid(connected)
    except Error as error:
        logger.warning("credentials of a websocket are not checked, the database does not answer: %s", error)
        connection.close()
        return True


class BaseConsumer(AsyncWebsocketConsumer):
    """A websocket that receives the events of the jobs of its user."""

    scopes: ClassVar[tuple[str, ...]] = ("read",)
    connection: Connection
    subprotocol: str | None = None
    backpressure: Backpressure  # subclasses that use `send_frame` open it, and close it in the end
    watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection. While Redis comes back the layer's first call may fail a few times; it is tried again."""
        for pause in PAUSES:
            try:
                await super().__call__(scope, receive, send)
                return
            except (RedisError, OSError):
                if hasattr(self, "base_send"):  # past the layer's first call: the client has received something already
                    raise
                await asyncio.sleep(pause)
        await super().__call__(scope, receive, send)

    async def connect(self) -> None:
        """Accept the connection, authenticate it, and close it with a code where that fails."""
        offered: list[str] = self.scope.get("subprotocols", [])
        self.subprotocol = next((name for name in offered if name in FRAMERS), None)
        refusal: Exception | None = None
        try:
            self.connection = await database_sync_to_async(authenticate_connection)(self.scope, *self.scopes)
        except tuple(CLOSE_CODES) as error:
            refusal = error
        # A browser learns the close code only from a connection that was accepted.
        await self.accept(self.subprotocol or (offered[0] if offered else None))
        if refusal is not None:
            await self.reject(refusal)
            return
        self.group = user_group(self.connection.user.pk)
        # Join first: what happens while the first message is made waits in the channel and is sent after it.
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.authenticated()
        self.watch = asyncio.create_task(self._watch())

    async def reject(self, error: Exception) -> None:
        """Close with the code of `error`, one of CLOSE_CODES."""
        await self.close(code=CLOSE_CODES[type(error)])

    async def authenticated(self) -> None:
        """Send the first messages; the group is joined already."""

    async def _watch(self) -> None:
        """Close the connection once its user logged out or was suspended, or its key was revoked."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if not await database_sync_to_async(_may_stay)(self.connection):
                await self.close(code=UNAUTHORIZED)
                return

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.watch is not None:
            self.watch.cancel()
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send `frame` once the client has read what came before.

        Raises:
            ConnectionError: it read nothing for STUCK_SECONDS.
        """
        try:
            await asyncio.wait_for(self.backpressure.clear(), STUCK_SECONDS)
        except TimeoutError as error:
            raise ConnectionAbortedError from error
        if isinstance(frame, str):
            await self.send(text_data=frame)
        else:
            await self.send(bytes_data=frame)

    async def sdsite_dismiss(self, event: dict[str, Any]) -> None:
        """Close: the user was suspended."""
        await self.close(code=UNAUTHORIZED)
