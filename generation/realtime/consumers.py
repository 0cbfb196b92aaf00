"""The browser's websocket: a snapshot, then the events of the user's jobs."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async

from generation.events.framing import FRAMERS, decode_binary, encode_binary
from generation.events.groups import EVERYONE
from generation.events.publish import preview_key
from generation.realtime.base_consumer import BaseConsumer
from generation.realtime.send_buffer import ENDS, ROOM, SendBuffer
from generation.realtime.snapshot import MOST_SECONDS_AWAY, snapshot
from sdsite.core.backpressure import get_backpressure

WINDOW = 32  # previews under way to a client that acknowledges them


class EventsConsumer(BaseConsumer):
    """`/ws/events/`: everything about the user's own jobs.

    Authenticated by a session cookie or a key with the scope `read`, see `authentication.raw_key`.

    What cannot be sent yet waits in a `SendBuffer`, so a slow client loses previews and intermediate steps and costs
    bounded memory. The server cannot see what lies between it and the client. One that says `{"ack": n}` ("n more
    previews have arrived") gets at most WINDOW previews ahead of that.
    """

    credit: int | None = None  # None: the client does not acknowledge
    buffer: SendBuffer | None = None  # None: rejected
    takes_previews = True
    sending: asyncio.Task[None] | None = None

    async def authenticated(self) -> None:
        """Send the snapshot and the last previews."""
        self.backpressure = get_backpressure(self)
        self.backpressure.open()
        self.wakeup = asyncio.Event()
        self.buffer = SendBuffer()
        self.takes_previews = self._asked("previews") != "0"
        await self.channel_layer.group_add(EVERYONE, self.channel_name)
        first, previews = await database_sync_to_async(snapshot)(self.connection.user, self._seconds_away())
        self.buffer.put(first.message())
        for message, jpeg in previews if self.takes_previews else ():
            key = preview_key(message["job"], message["data"]["index"])
            self.buffer.put_preview(key, encode_binary(message, jpeg))
        self.sending = asyncio.create_task(self._send_out(self.buffer))

    def _seconds_away(self) -> float:
        """Return the value of `?away=SECONDS`, 0 to MOST_SECONDS_AWAY; what is no number counts as 0."""
        try:
            return max(0.0, min(float(self._asked("away")), MOST_SECONDS_AWAY))
        except ValueError:
            return 0.0

    def _asked(self, name: str) -> str:
        """Return a value of the address; empty where it names none."""
        return parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get(name, [""])[0]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take an acknowledgement and send what it makes room for; anything else is ignored."""
        try:
            arrived = max(0, int(json.loads(text_data or "")["ack"]))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return
        self.credit = WINDOW if self.credit is None else min(WINDOW, self.credit + arrived)
        if self.buffer is not None:
            self.wakeup.set()

    async def disconnect(self, code: int) -> None:
        """Send nothing more."""
        if self.sending is not None:
            self.sending.cancel()
            self.backpressure.close()
            await self.channel_layer.group_discard(EVERYONE, self.channel_name)
        await super().disconnect(code)

    async def sdsite_event(self, event: dict[str, Any]) -> None:
        """Forward an event; a client that lags too far behind is disconnected."""
        if self.buffer is None:
            return
        if self.buffer.is_full:
            await self.close()
            return
        message = event["message"]
        if message["event"] in ENDS:
            self.buffer.forget_previews(str(message["job"]))
        self.buffer.put(message)
        self.wakeup.set()

    async def sdsite_preview(self, event: dict[str, Any]) -> None:
        """Forward a preview, or buffer it until the client has caught up."""
        if self.buffer is not None and self.takes_previews:
            room = ROOM if self.credit is None else self.credit
            self.buffer.put_preview(event["key"], event["frame"], room=room)
            self.wakeup.set()

    async def _send_out(self, buffer: SendBuffer) -> None:
        """Send what is buffered, as fast as the client reads, until the connection ends."""
        try:
            while True:
                self.wakeup.clear()
                while (what := buffer.take(previews=self.credit != 0)) is not None:
                    await self._send(what)
                await self.wakeup.wait()
        except ConnectionError:
            await self.close()

    async def _send(self, what: dict[str, Any] | bytes) -> None:
        if not isinstance(what, bytes):
            await self.send_frame(FRAMERS[self.subprotocol](what, None))
            return
        if self.credit is not None:
            self.credit -= 1
        # The layer carries what browsers speak.
        await self.send_frame(what if self.subprotocol is None else FRAMERS[self.subprotocol](*decode_binary(what)))
