"""Bodies of requests bounded while they arrive, and slow senders dropped: extensions of daphne's HTTP protocol.

Daphne reads whole bodies before it calls the application, whoever sends them. Here a body over STRANGER_BYTES waits,
unread in the client's and the system's buffers, until a thread has found out who sends it; one over the limit is
answered at once, without what was left to read. Once its head is there, a request must send SLOWEST bytes a second on
average; all of the head must arrive within the server's idle timeout (60 s).
"""

import asyncio
import time
from functools import partial
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from daphne import http_protocol
from twisted.protocols import basic
from twisted.web import http

from sdsite.core.backpressure import Application, Send
from sdsite.middleware.body_limits import STRANGER_BYTES, find_limit

SLOWEST = 4096  # bytes a second
LINGER_BYTES = 64 * 2**20  # read and thrown away after a refusal, so that the client can read the answer
LINGER_SECONDS = 5.0
REFUSED = "sdsite.body_refused"  # in the scope of a request whose body was not read


def bound_bodies() -> None:
    """Make daphne use the protocol of this module, in this process."""
    http_protocol.WebRequest = BoundedRequest
    http_protocol.HTTPFactory.protocol = BoundedChannel


class BoundedRequest(http_protocol.WebRequest):
    """A request whose body is counted while it arrives. Methods with Twisted's names are called by Twisted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start with the limit of strangers."""
        self.body_refused = False
        self._most = STRANGER_BYTES
        self._is_asking = False
        self._is_known = False  # whether `_most` is the limit of the caller
        self._is_complete = False
        self._bytes = 0
        super().__init__(*args, **kwargs)

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Begin the body; `length` is None for a chunked one."""
        super().gotLength(length)
        self._length = length
        self._began = self.channel.seconds()
        self.channel.resetTimeout()
        if length is not None and length > self._most:
            self._find_limit()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Take a piece of the body, of at most 64 KB."""
        if self.body_refused:
            return
        self._bytes += len(data)
        if self._bytes > self._most and self._is_known:
            self._refuse()
            return
        super().handleContentChunk(data)
        if self._bytes > self._most:
            self._find_limit()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Process the request: its body is complete, or was refused."""
        self._is_complete = True
        super().requestReceived(command, path, version)

    def is_fast_enough(self) -> bool:
        """Tell whether the body arrives fast enough; False while the head arrives."""
        return self.content is not None and self._bytes >= SLOWEST * (self.channel.seconds() - self._began)

    def _find_limit(self) -> None:
        """Find the limit of the caller in a thread, and read nothing meanwhile."""
        if self._is_asking:
            return
        self._is_asking = True
        self.channel.pause_reading()
        asyncio.ensure_future(self._ask(), loop=asyncio.get_event_loop())  # noqa: RUF006  daphne's loop holds it

    async def _ask(self) -> None:
        path = self.channel.path_of_request().partition(b"?")[0].decode("latin-1")
        headers = {
            name.decode("latin-1"): values[0].decode("latin-1")
            for name, values in self.requestHeaders.getAllRawHeaders()
        }
        try:
            async with ThreadSensitiveContext():
                self._most = await database_sync_to_async(find_limit)(path, headers)
        finally:  # whatever fails, the limit stays that of strangers
            self._is_known = True
            if self.channel is not None and not self._is_complete:
                self._began = self.channel.seconds() - self._bytes / SLOWEST  # the client did not make us wait
                if max(self._length or 0, self._bytes) > self._most:
                    self._refuse()
                self.channel.resume_reading()

    def _refuse(self) -> None:
        """Answer without the rest of the body, then close the connection."""
        self.body_refused = True
        self.responseHeaders.setRawHeaders(b"Connection", [b"close"])
        self.channel.persistent = False
        self.channel.callLater(0, self._end_early)  # not from within the parser

    def _end_early(self) -> None:
        if not self._is_complete and self.channel is not None:
            self.content.seek(0)
            self.content.truncate()
            self.channel.discard_rest()


class BoundedChannel(http.HTTPChannel):
    """A connection that is closed when a request arrives too slowly, or after its body was refused."""

    transport: Any
    _networkProducer: Any  # noqa: N815
    seconds = staticmethod(time.monotonic)
    _is_discarding = False
    _discarded = 0

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take data; only a request that arrives fast enough is given more time."""
        if self._handlingRequest or (self.requests and self.requests[-1].is_fast_enough()):
            self.resetTimeout()
        basic.LineReceiver.dataReceived(self, data)

    def path_of_request(self) -> bytes:
        """Return path and query of the request whose body arrives."""
        path: bytes = self._path  # type: ignore[assignment]
        return path

    def pause_reading(self) -> None:
        """Read nothing more from the client for now."""
        self._networkProducer.pauseProducing()

    def resume_reading(self) -> None:
        """Read on."""
        self._networkProducer.resumeProducing()

    def discard_rest(self) -> None:
        """Process the request now, and throw away what the client still sends."""
        self._is_discarding = True
        self.allContentReceived()

    def rawDataReceived(self, data: bytes) -> None:  # noqa: N802
        """Take a part of a body."""
        if not self._is_discarding:
            super().rawDataReceived(data)
            return
        self._discarded += len(data)
        if self._discarded > LINGER_BYTES:
            self.transport.abortConnection()

    def loseConnection(self) -> None:  # noqa: N802
        """Close the connection. After a refusal first only its own direction.

        A connection that is closed before all was read is reset, and the client may lose the answer.
        """
        if not self._is_discarding:
            super().loseConnection()
            return
        self._networkProducer.unregisterProducer()
        self.transport.loseWriteConnection()
        if self._abortingCall is None:
            self._abortingCall = self.callLater(LINGER_SECONDS, self.forceAbortClient)


def with_refused_bodies(application: Application) -> Application:
    """Return `application` with REFUSED in the scope of requests whose body was refused; must be outermost."""

    async def wrapped(scope: Any, receive: Any, send: Send) -> None:
        owner = send.args[0] if isinstance(send, partial) and send.args else None
        refused = getattr(owner, "body_refused", False)
        await application({**scope, REFUSED: True} if refused else scope, receive, send)

    return wrapped
