"""Publishing of events to the channel layer, from one long-lived event loop on its own thread.

A new `async_to_sync` for each message opens a loop and a connection and costs about four times as much. Callers do not
wait. The layer is a hint and the row is the truth, so messages that cannot be sent are counted, logged and dropped.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from gallery.actions import changes
from generation.events.framing import encode_binary
from generation.events.groups import EVERYONE, user_group
from generation.events.types import Event, ImagesChanged, ImagesHidden, JobPreview, NoticesChanged
from sdsite import redis_address

logger = logging.getLogger(__name__)

PREVIEW_TTL_SECONDS = 600
BACKLOG_FOR_HINTS = 200  # unsent messages from which on previews and progress are dropped
SEND_TIMEOUT_SECONDS = 2.0
LOG_EVERY_SECONDS = 30.0


def preview_key(job_id: str, index: int) -> str:
    """Return the Redis key of the last preview frame of one image."""
    return f"sdsite:preview:{job_id}:{index}"


def preview_prefix(job_id: str) -> str:
    """Return what the keys of all previews of a job begin with, and those of no other job."""
    return preview_key(job_id, 0).removesuffix("0")


class Publisher:
    """Takes messages from any thread and sends them in order from its own loop."""

    def __init__(self) -> None:
        """Start the loop's thread."""
        self.pid = os.getpid()
        self.dropped = 0
        self._logged_at = 0.0
        self._loop = asyncio.new_event_loop()
        self._queue: asyncio.Queue[Callable[[], Awaitable[Any]]] = asyncio.Queue()
        self._redis = redis_address.parse(settings.REDIS_URL).async_client()
        self._pending = 0
        self._idle = threading.Condition()
        threading.Thread(target=self._run, name="publisher", daemon=True).start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._send_loop())

    async def _send_loop(self) -> None:
        while True:
            send = await self._queue.get()
            try:
                await asyncio.wait_for(send(), SEND_TIMEOUT_SECONDS)
            except Exception as error:  # Redis may be away; no error may end the loop
                self._log_failure(error)
            with self._idle:
                self._pending -= 1
                self._idle.notify_all()

    def _log_failure(self, error: Exception) -> None:
        self.dropped += 1
        if time.monotonic() - self._logged_at > LOG_EVERY_SECONDS:
            self._logged_at = time.monotonic()
            logger.warning("events are not delivered (%d so far): %r", self.dropped, error)

    def put(self, send: Callable[[], Awaitable[Any]], *, hint: bool) -> None:
        """Queue `send`; a `hint` is dropped when the backlog is long."""
        with self._idle:
            if hint and self._pending >= BACKLOG_FOR_HINTS:
                self.dropped += 1
                return
            self._pending += 1
        self._loop.call_soon_threadsafe(self._queue.put_nowait, send)

    def drain(self, timeout: float) -> bool:
        """Wait until the queue is empty; False when `timeout` seconds were not enough."""
        with self._idle:
            return self._idle.wait_for(lambda: self._pending == 0, timeout)

    async def send_frame(self, user_id: int, frame: bytes, key: str) -> None:
        """Send a preview to its owner's group, then store it for later connections."""
        await get_channel_layer().group_send(
            user_group(user_id), {"type": "sdsite.preview", "key": key, "frame": frame}
        )
        await self._redis.set(key, frame, ex=PREVIEW_TTL_SECONDS)


_publisher: Publisher | None = None
_lock = threading.Lock()


def publisher() -> Publisher:
    """Return this process's publisher; a forked child gets its own."""
    global _publisher
    with _lock:
        if _publisher is None or _publisher.pid != os.getpid():
            _publisher = Publisher()
        return _publisher


def publish(user_id: int, event: Event, *, hint: bool = False) -> None:
    """Send `event` to every connection of a user; returns at once."""
    message = {"type": "sdsite.event", "message": event.message()}
    publisher().put(lambda: get_channel_layer().group_send(user_group(user_id), message), hint=hint)


def publish_to_everyone(event: Event) -> None:
    """Send `event` to every connection of `/ws/events/`; returns at once."""
    message = {"type": "sdsite.event", "message": event.message()}
    publisher().put(lambda: get_channel_layer().group_send(EVERYONE, message), hint=False)


def publish_preview(user_id: int, event: JobPreview, jpeg: bytes) -> None:
    """Send a preview frame to every connection of a user; returns at once."""
    frame = encode_binary(event.message(), jpeg)
    key = preview_key(str(event.job), event.index)
    own = publisher()
    own.put(lambda: own.send_frame(user_id, frame, key), hint=True)


def publish_images_changed(change: changes.ImagesChanged) -> None:
    """Send a change of stored images to every connection of their owner; returns at once."""
    publish(change.owner_id, ImagesChanged(None, 0, change.action, change.ids, change.value))


def publish_images_hidden(ids: list[str], user_id: int | None) -> None:
    """Tell one person, or everybody (None), that they may not see images any more; returns at once."""
    event = ImagesHidden(None, 0, ids)
    if user_id is None:
        publish_to_everyone(event)
    else:
        publish(user_id, event)


def publish_notices_changed(user_id: int, unread: int) -> None:
    """Send the count of unread notices to every connection of a person; returns at once."""
    publish(user_id, NoticesChanged(None, 0, unread))


def drain(timeout: float = 5.0) -> bool:
    """Wait until what this process published was sent; False when `timeout` seconds were not enough."""
    return _publisher is None or _publisher.pid != os.getpid() or _publisher.drain(timeout)
