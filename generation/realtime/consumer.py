"""The browser's websocket: let in, join the group, show the snapshot, then forward."""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error, connection
from django.utils.datastructures import CaseInsensitiveMapping
from redis import RedisError

from generation.realtime.frames import FRAMERS, decode_binary
from generation.realtime.groups import user_group
from generation.realtime.snapshot import MOST_SECONDS_AWAY, snapshot
from generation.realtime.welcome import Pass, still_welcome
from sdsite.accounts.entry import key_in
from sdsite.accounts.keys import authenticate

logger = logging.getLogger(__name__)

UNAUTHORIZED = 4401
FORBIDDEN = 4403
BEARER = "bearer."
PAUSES = (0.0, 0.1, 0.3, 0.6)  # seconds
WINDOW = 32  # previews under way to a client that acknowledges them
LOOK_SECONDS = 5.0  # how long somebody who logged out, or whose key was revoked, may go on listening


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    return CaseInsensitiveMapping({name.decode("latin-1"): value.decode("latin-1") for name, value in pairs})


def _may_stay(admission: Pass) -> bool:
    try:
        return still_welcome(admission)
    except Error as error:
        logger.warning("nobody knows who may stay, the database does not answer: %s", error)
        connection.close()
        return True


class EventsConsumer(AsyncWebsocketConsumer):
    """`/ws/events/`: everything about one's own jobs.

    Comes in with a session cookie, a key in the headers (as for the API), or the subprotocol `bearer.<key>`.

    The server cannot see how far a slow client lags behind. One that says `{"ack": n}` ("n more previews have
    arrived") gets at most WINDOW previews ahead of that; of those held back, only the newest of each image is kept.
    """

    credit: int | None = None  # None: the client does not acknowledge
    held: dict[str, bytes]
    watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Run the connection. While Redis comes back the layer's first call may fail a few times; it is tried again."""
        for pause in PAUSES:
            try:
                await super().__call__(scope, receive, send)
                return
            except (RedisError, OSError):
                if hasattr(self, "base_send"):  # past the layer's first call: the client has heard something already
                    raise
                await asyncio.sleep(pause)
        await super().__call__(scope, receive, send)

    async def connect(self) -> None:
        """Accept whoever may come in; close with 4401 (no or wrong key) or 4403 (the key may not read)."""
        offered: list[str] = self.scope.get("subprotocols", [])
        self.subprotocol = next((name for name in offered if name in FRAMERS), None)
        user, refusal, admission = await self._who(offered)
        # A browser learns the close code only from a connection that was accepted.
        await self.accept(self.subprotocol or (offered[0] if offered else None))
        if user is None or admission is None:
            await self.close(code=refusal)
            return
        self.held = {}
        self.group = user_group(user.pk)
        # Join first: what happens while the snapshot is read waits in the channel and is sent after it.
        await self.channel_layer.group_add(self.group, self.channel_name)
        first, previews = await database_sync_to_async(snapshot)(user, self._seconds_away())
        await self._send(first.message())
        for message, jpeg in previews:
            await self._send(message, jpeg)
        self.watch = asyncio.create_task(self._watch(admission))

    def _seconds_away(self) -> float:
        """Return what `?away=SECONDS` says, 0 to MOST_SECONDS_AWAY; nonsense counts as 0."""
        said = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("away", ["0"])[0]
        try:
            return max(0.0, min(float(said), MOST_SECONDS_AWAY))
        except ValueError:
            return 0.0

    async def _watch(self, admission: Pass) -> None:
        """Close the connection when whoever opened it may no longer come in: logged out, key revoked, locked out."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not await database_sync_to_async(_may_stay)(admission):
                await self.close(code=UNAUTHORIZED)
                return

    async def _who(self, offered: list[str]) -> tuple[Any, int, Pass | None]:
        raw = key_in(_headers(self.scope["headers"]))
        if raw is None:
            raw = next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
        if raw is None:
            user = self.scope["user"]
            if not user.is_authenticated:
                return None, UNAUTHORIZED, None
            return user, 0, Pass(user.pk, session=self.scope["session"].session_key)
        key = await database_sync_to_async(authenticate)(raw)
        if key is None:
            return None, UNAUTHORIZED, None
        return (key.owner, 0, Pass(key.owner_id, key=raw)) if "read" in key.scopes else (None, FORBIDDEN, None)

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.watch is not None:
            self.watch.cancel()
        if hasattr(self, "group"):
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take an acknowledgement and send what it makes room for; anything else is ignored."""
        try:
            arrived = max(0, int(json.loads(text_data or "")["ack"]))
        except (ValueError, TypeError, KeyError, OverflowError):
            return
        self.credit = WINDOW if self.credit is None else min(WINDOW, self.credit + arrived)
        while self.held and self.credit > 0:
            oldest = next(iter(self.held))
            await self._send_preview(self.held.pop(oldest))

    async def sdsite_event(self, event: dict[str, Any]) -> None:
        """Forward an event."""
        await self._send(event["message"])

    async def sdsite_dismiss(self, event: dict[str, Any]) -> None:
        """Close: the person may no longer log in."""
        await self.close(code=UNAUTHORIZED)

    async def sdsite_preview(self, event: dict[str, Any]) -> None:
        """Forward a preview, or hold it back until the client has caught up."""
        if self.credit == 0:
            self.held.pop(event["key"], None)
            self.held[event["key"]] = event["frame"]
        else:
            await self._send_preview(event["frame"])

    async def _send_preview(self, frame: bytes) -> None:
        if self.credit is not None:
            self.credit -= 1
        if self.subprotocol is None:  # the layer carries what browsers speak
            await self.send(bytes_data=frame)
        else:
            await self._send(*decode_binary(frame))

    async def _send(self, message: dict[str, Any], body: bytes | None = None) -> None:
        frame = FRAMERS[self.subprotocol](message, body)
        if isinstance(frame, str):
            await self.send(text_data=frame)
        else:
            await self.send(bytes_data=frame)
