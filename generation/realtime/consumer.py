"""The browser's websocket: let in, join the group, show the snapshot, then forward."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils.datastructures import CaseInsensitiveMapping
from redis import RedisError

from generation.realtime.frames import FRAMERS, decode_binary
from generation.realtime.groups import user_group
from generation.realtime.snapshot import snapshot
from sdsite.accounts.entry import key_in
from sdsite.accounts.keys import authenticate

UNAUTHORIZED = 4401
FORBIDDEN = 4403
BEARER = "bearer."
PAUSES = (0.0, 0.1, 0.3, 0.6)  # seconds
WINDOW = 32  # previews under way to a client that acknowledges them


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    return CaseInsensitiveMapping({name.decode("latin-1"): value.decode("latin-1") for name, value in pairs})


class EventsConsumer(AsyncWebsocketConsumer):
    """`/ws/events/`: everything about one's own jobs.

    Comes in with a session cookie, a key in the headers (as for the API), or the subprotocol `bearer.<key>`.

    The server cannot see how far a slow client lags behind. One that says `{"ack": n}` ("n more previews have
    arrived") gets at most WINDOW previews ahead of that; of those held back, only the newest of each image is kept.
    """

    credit: int | None = None  # None: the client does not acknowledge
    held: dict[str, bytes]

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
        user, refusal = await self._who(offered)
        # A browser learns the close code only from a connection that was accepted.
        await self.accept(self.subprotocol or (offered[0] if offered else None))
        if user is None:
            await self.close(code=refusal)
            return
        self.held = {}
        self.group = user_group(user.pk)
        # Join first: what happens while the snapshot is read waits in the channel and is sent after it.
        await self.channel_layer.group_add(self.group, self.channel_name)
        first, previews = await database_sync_to_async(snapshot)(user)
        await self._send(first.message())
        for message, jpeg in previews:
            await self._send(message, jpeg)

    async def _who(self, offered: list[str]) -> tuple[Any, int]:
        raw = key_in(_headers(self.scope["headers"]))
        if raw is None:
            raw = next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
        if raw is None:
            user = self.scope["user"]
            return (user, 0) if user.is_authenticated else (None, UNAUTHORIZED)
        key = await database_sync_to_async(authenticate)(raw)
        if key is None:
            return None, UNAUTHORIZED
        return (key.owner, 0) if "read" in key.scopes else (None, FORBIDDEN)

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
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
