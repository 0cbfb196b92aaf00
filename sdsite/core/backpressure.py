"""How fast a client takes what it is sent, for answers that go on and on and for websockets.

ASGI has no word for "not so fast": daphne takes whatever it is given and keeps it in memory until the client took it.
Twisted below it does say when its buffer (64 KB) is full and when it is empty again, to whoever registers as a producer
(https://docs.twisted.org/en/stable/core/howto/producers.html). Servers whose `send` waits by itself need none of this.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Any, Send], Awaitable[None]]

KEY = "sdsite.line"
CLOSING_SECONDS = 10  # what a websocket's client gets to read why it was closed; autobahn's own second is short


class Backpressure:
    """The way to one client; always clear where the server does not say."""

    def __init__(self, send: Send | None = None) -> None:
        """Find the server's own request, or websocket, behind the `send` that it gave us."""
        owner = send.args[0] if isinstance(send, partial) and send.args else None
        self._request: Any = owner if hasattr(owner, "registerProducer") else None
        self._is_socket = hasattr(owner, "sendMessage")
        self._clear = asyncio.Event()
        self._clear.set()

    def open(self) -> None:
        """Begin to watch; call once the answer has begun, or the websocket was accepted."""
        if not self._is_connected():
            return
        if self._is_socket:
            # The request that became a websocket left its own watcher behind, which would stop reading as well.
            self._request.unregisterProducer()
            self._request.closeHandshakeTimeout = CLOSING_SECONDS
        self._request.registerProducer(self, True)

    def close(self) -> None:
        """Watch no more; must be called before the answer ends."""
        if self._is_connected():
            self._request.unregisterProducer()
        self._clear.set()

    def _is_connected(self) -> bool:
        return getattr(self._request, "transport" if self._is_socket else "channel", None) is not None

    async def clear(self) -> None:
        """Wait until the client has taken what was sent."""
        await self._clear.wait()

    # What Twisted calls, by its own names.
    def pauseProducing(self) -> None:  # noqa: N802
        """Hear that the buffer is full."""
        self._clear.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """Hear that it is empty again."""
        self._clear.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Hear that the client is gone; the server ends the answer."""
        self._clear.set()


def with_backpressure(application: Application) -> Application:
    """Return `application` with a `Backpressure` in the scope of every request."""

    async def wrapped(scope: Any, receive: Any, send: Send) -> None:
        await application({**scope, KEY: Backpressure(send)}, receive, send)

    return wrapped


def get_backpressure(request: Any) -> Backpressure:
    """Return the line of a Django request, or of a consumer."""
    found: Backpressure = getattr(request, "scope", {}).get(KEY) or Backpressure()
    return found
