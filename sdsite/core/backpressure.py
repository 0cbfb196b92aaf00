"""Back-pressure from a slow client, for streamed responses and websockets.

ASGI has no back-pressure: daphne takes everything at once and keeps it in memory until the client has read it. Twisted
below it reports when its buffer (64 KB) is full and when it is empty again, to a registered producer
(https://docs.twisted.org/en/stable/core/howto/producers.html). Servers whose `send` waits by itself need none of this.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from sdsite.core.frame_budget import FrameBudget

Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Any, Send], Awaitable[None]]

KEY = "sdsite.line"
CLOSING_SECONDS = 10  # for a websocket's client to read the close code; autobahn's default of one is short


class Backpressure:
    """State of the connection to one client; always clear where the server does not report it."""

    def __init__(self, send: Send | None = None) -> None:
        """Find the server's own request or websocket behind its `send`."""
        owner = send.args[0] if isinstance(send, partial) and send.args else None
        self._request: Any = owner if hasattr(owner, "registerProducer") else None
        self._is_socket = hasattr(owner, "sendMessage")
        self._clear = asyncio.Event()
        self._clear.set()

    def open(self) -> None:
        """Start watching; call once the response has begun, or the websocket was accepted."""
        if not self._is_connected():
            return
        if self._is_socket:
            # The request that became a websocket is still registered, and would stop reading as well.
            self._request.unregisterProducer()
            self._request.closeHandshakeTimeout = CLOSING_SECONDS
        self._request.registerProducer(self, True)

    def bound_reading(self, budget: FrameBudget, is_behind: Callable[[], bool] | None = None) -> None:
        """Read the client's frames only while `budget` lasts and `is_behind()` is false; see `daphne_sockets`."""
        if hasattr(self._request, "frame_budget"):
            self._request.frame_budget = budget
            if is_behind is not None:
                self._request.is_behind = is_behind

    def close(self) -> None:
        """Stop watching; must be called before the response ends."""
        if self._is_connected():
            self._request.unregisterProducer()
        self._clear.set()

    def _is_connected(self) -> bool:
        return getattr(self._request, "transport" if self._is_socket else "channel", None) is not None

    @property
    def is_clear(self) -> bool:
        """Whether the client has read what was sent."""
        return self._clear.is_set()

    async def clear(self) -> None:
        """Wait until the client has read what was sent."""
        await self._clear.wait()

    # Called by Twisted, with its names.
    def pauseProducing(self) -> None:  # noqa: N802
        """Note that the buffer is full."""
        self._clear.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """Note that the buffer is empty again."""
        self._clear.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Note that the client is gone; the server ends the response."""
        self._clear.set()


def with_backpressure(application: Application) -> Application:
    """Return `application` with a `Backpressure` in the scope of every request."""

    async def wrapped(scope: Any, receive: Any, send: Send) -> None:
        await application({**scope, KEY: Backpressure(send)}, receive, send)

    return wrapped


def get_backpressure(request: Any) -> Backpressure:
    """Return the `Backpressure` of a Django request or a consumer."""
    found: Backpressure = getattr(request, "scope", {}).get(KEY) or Backpressure()
    return found
