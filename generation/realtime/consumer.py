"""The browser's websocket: let in, join the group, show the snapshot, then forward."""

import json
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async

from generation.realtime.frames import FRAMERS, decode_binary
from generation.realtime.owners import OwnersSocket
from generation.realtime.snapshot import MOST_SECONDS_AWAY, snapshot

WINDOW = 32  # previews under way to a client that acknowledges them


class EventsConsumer(OwnersSocket):
    """`/ws/events/`: everything about one's own jobs.

    Comes in with a session cookie or a key with the scope `read`, see `entrance.raw_key`.

    The server cannot see how far a slow client lags behind. One that says `{"ack": n}` ("n more previews have
    arrived") gets at most WINDOW previews ahead of that; of those held back, only the newest of each image is kept.
    """

    credit: int | None = None  # None: the client does not acknowledge
    held: dict[str, bytes]

    async def begin(self) -> None:
        """Show the snapshot and the last previews."""
        self.held = {}
        first, previews = await database_sync_to_async(snapshot)(self.guest.user, self._seconds_away())
        await self._send(first.message())
        for message, jpeg in previews:
            await self._send(message, jpeg)

    def _seconds_away(self) -> float:
        """Return what `?away=SECONDS` says, 0 to MOST_SECONDS_AWAY; nonsense counts as 0."""
        said = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("away", ["0"])[0]
        try:
            return max(0.0, min(float(said), MOST_SECONDS_AWAY))
        except ValueError:
            return 0.0

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take an acknowledgement and send what it makes room for; anything else is ignored."""
        try:
            arrived = max(0, int(json.loads(text_data or "")["ack"]))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return
        self.credit = WINDOW if self.credit is None else min(WINDOW, self.credit + arrived)
        while self.held and self.credit > 0:
            oldest = next(iter(self.held))
            await self._send_preview(self.held.pop(oldest))

    async def sdsite_event(self, event: dict[str, Any]) -> None:
        """Forward an event."""
        await self._send(event["message"])

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
