"""Base class of the websockets of one user: authentication, the user's channel group, bounds, closing."""

import asyncio
from typing import Any, ClassVar

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from redis import RedisError

from generation.events.framing import FRAMERS
from generation.events.groups import user_group
from generation.realtime import open_sockets
from generation.realtime.authentication import Connection, authenticate_connection
from generation.realtime.open_sockets import TooManySockets
from sdsite.accounts.audit.origin import Origin, coming_from
from sdsite.accounts.authentication import WrongKey
from sdsite.accounts.required_steps.due import StepDue
from sdsite.accounts.scopes import ScopeMissing
from sdsite.core.backpressure import Backpressure, get_backpressure
from sdsite.core.frame_budget import budget_of
from sdsite.core.rate_limits import RateLimited

UNAUTHORIZED = 4401
CLOSE_CODES: dict[type[Exception], int] = {ScopeMissing: 4403, StepDue: 4403, RateLimited: 4429, TooManySockets: 4429}
PAUSES = (0.0, 0.1, 0.3, 0.6)  # seconds between attempts to reach the channel layer
STUCK_SECONDS = 120.0  # a client that has read nothing for so long is gone, whatever its connection says


class BaseConsumer(AsyncWebsocketConsumer):
    """A websocket that receives the events of the jobs of its user."""

    scopes: ClassVar[tuple[str, ...]] = ("read",)
    connection: Connection
    subprotocol: str | None = None
    backpressure: Backpressure  # subclasses that use `send_frame` open it, and close it in the end
    is_counted = False  # among the open websockets of its user

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection, as the origin of what it does."""
        address = (scope.get("client") or [None])[0]
        with coming_from(Origin("websocket", address)):
            await self._run(scope, receive, send)

    async def _run(self, scope: Any, receive: Any, send: Any) -> None:
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

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Call the handler of a message, without Channels' check of database connections before each.

        That check is a call in a thread, which was two thirds of what a preview costs; `database_sync_to_async` makes
        the same check wherever the database is used.
        """
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        """Authenticate the connection and accept it.

        Without valid credentials the handshake is refused, so that no frame of a stranger is read. Other refusals have
        a close code, which a client learns only from a connection that was accepted.
        """
        offered: list[str] = self.scope.get("subprotocols", [])
        self.subprotocol = next((name for name in offered if name in FRAMERS), None)
        refusal: Exception | None = None
        try:
            self.connection = await database_sync_to_async(authenticate_connection)(self.scope, *self.scopes)
            open_sockets.add(self)
            self.is_counted = True
        except WrongKey:
            await self.close()
            return
        except tuple(CLOSE_CODES) as error:
            refusal = error
        await self.accept(self.subprotocol or (offered[0] if offered else None))
        if refusal is not None:
            await self.reject(refusal)
            return
        user_id = self.connection.user.pk
        get_backpressure(self).bound_reading(budget_of(user_id), self.is_behind)
        self.group = user_group(user_id)
        # Join first: what happens while the first message is made waits in the channel and is sent after it.
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.authenticated()

    async def reject(self, error: Exception) -> None:
        """Close with the code of `error`, one of CLOSE_CODES."""
        await self.close(code=CLOSE_CODES[type(error)])

    async def authenticated(self) -> None:
        """Send the first messages; the group is joined already."""

    def is_behind(self) -> bool:
        """Tell whether so much of what the client sent waits that no more is read."""
        return False

    async def dismiss(self, why: PermissionError | None = None) -> None:
        """Close: the user logged out, was suspended or has a step to do first, or the key was revoked."""
        await self.close(code=CLOSE_CODES.get(type(why), UNAUTHORIZED) if why is not None else UNAUTHORIZED)

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.is_counted:
            open_sockets.discard(self)
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def send_frame(self, frame: str | bytes) -> None:
        """Send `frame` once the client has read what came before.

        Raises:
            ConnectionError: it read nothing for STUCK_SECONDS.
        """
        if not self.backpressure.is_clear:  # most often it is, and a time limit costs a task
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
        await self.dismiss()
