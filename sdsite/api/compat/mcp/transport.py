"""Streamable HTTP of the MCP SDK inside Django: one request of a client, from its body to the last event.

The SDK is an ASGI application that wants a lifespan, which daphne has none of. Here each request has a session manager
of its own, without sessions: its lifespan is the request's, so that nothing stays in memory after it, any web process
can answer any request, and a client that hangs up ends what was done for it alone (never its job).
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, MutableMapping
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from generation.errors import JobRefused
from sdsite.api.compat.mcp.calls import Call
from sdsite.api.compat.mcp.server import CALL, SERVER
from sdsite.api.compat.mcp.tools import TOOLS
from sdsite.core.backpressure import get_backpressure

logger = logging.getLogger(__name__)

EVENT_STREAM = "text/event-stream"
STUCK_SECONDS = 120.0  # a client that has read nothing for so long counts as gone, even if still connected
CLOSING_SECONDS = 2.0  # for the SDK to end its tasks after the last event
MOST_OPEN = 16  # requests of one user that one web process answers at once
RETRY_SECONDS = 10
SECRETS = ("authorization", "x-api-key", "cookie")  # headers that nothing behind this point needs
PRIVATE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

_open: Counter[int] = Counter()
_running: set[asyncio.Task[None]] = set()  # the event loop itself keeps no task alive


async def respond(request: HttpRequest, message: Mapping[str, Any]) -> HttpResponseBase:
    """Return the SDK's response to one message of a client.

    Raises:
        JobRefused: `too_many_streams`, the user has MOST_OPEN requests open in this process.
    """
    user_id = request.user.pk or 0
    if _open[user_id] >= MOST_OPEN:
        sentence = f"{MOST_OPEN} of your requests are being answered here, which is the most at once; wait for one."
        raise JobRefused("too_many_streams", sentence, status=429, retry_after=RETRY_SECONDS)
    return await Exchange(request, message).respond(user_id)


class Exchange:
    """One request on its way through the SDK's ASGI application."""

    def __init__(self, request: HttpRequest, message: Mapping[str, Any]) -> None:
        """Prepare the request for the SDK; nothing runs yet."""
        self.call = Call(request)
        self.scope = build_scope(request, self.call)
        self._streams = takes_events(request) and is_slow(message)
        self._body: bytes | None = json.dumps(message).encode()
        self._head: asyncio.Future[MutableMapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(1)  # None: that was all
        self._task: asyncio.Task[None]

    async def respond(self, user_id: int) -> HttpResponseBase:
        """Run the application until its response begins; return it, streamed where it is a stream of events."""
        _open[user_id] += 1
        self._task = asyncio.create_task(self._run())
        _running.add(self._task)
        self._task.add_done_callback(lambda task: _ended(task, user_id))
        try:
            head = await self._head
            headers = {name.decode(): value.decode() for name, value in head["headers"]}
            if headers.get("content-type", "").startswith(EVENT_STREAM):
                self.call.is_streaming = True
                return StreamingHttpResponse(self._stream(), content_type=EVENT_STREAM, headers=PRIVATE)
            parts = [part async for part in self._rest()]
            kind = headers.get("content-type", "application/json")
            response = HttpResponse(b"".join(parts), status=head["status"], content_type=kind, headers=PRIVATE)
            if "allow" in headers:
                response["Allow"] = headers["allow"]
            await asyncio.wait({self._task}, timeout=CLOSING_SECONDS)
            self._task.cancel()
            return response
        except BaseException:
            self._task.cancel()
            raise

    async def _run(self) -> None:
        manager = StreamableHTTPSessionManager(SERVER, stateless=True, json_response=not self._streams)
        manager.max_request_body_size = len(self._body or b"") + 1
        try:
            async with manager.run():
                await manager.handle_request(self.scope, self._receive, self._send)
        except Exception as error:
            if self._head.done():
                logger.exception("an answer of the MCP door ended early")
            else:
                self._head.set_exception(error)
        if not self._head.done():
            self._head.set_exception(RuntimeError("the SDK gave no response"))
        await self._parts.put(None)

    async def _receive(self) -> dict[str, Any]:
        """Return the body, once; then nothing: a client that hangs up cancels the task."""
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._head.set_result(message)
            return
        if message.get("body"):
            await self._parts.put(message["body"])
        if not message.get("more_body"):
            await self._parts.put(None)

    async def _rest(self) -> AsyncIterator[bytes]:
        while (part := await self._parts.get()) is not None:
            yield part

    async def _stream(self) -> AsyncIterator[bytes]:
        """Yield the events, as fast as the client reads them."""
        backpressure = get_backpressure(self.call.request)
        backpressure.open()
        try:
            async for part in self._rest():
                try:
                    await asyncio.wait_for(backpressure.clear(), STUCK_SECONDS)
                except TimeoutError:
                    return
                yield part
            await asyncio.wait({self._task}, timeout=CLOSING_SECONDS)
        finally:
            backpressure.close()
            self._task.cancel()


def takes_events(request: HttpRequest) -> bool:
    """Tell whether the client takes a stream of events."""
    return any(kind in request.headers.get("Accept", "") for kind in (EVENT_STREAM, "text/*", "*/*"))


def is_slow(message: Mapping[str, Any]) -> bool:
    """Tell whether a message calls a tool that may wait for a job.

    Only their answers are streams, which keep the connection alive and report progress. Others are plain JSON, because
    clients bound the size of an event: the SDK's own takes 1 MiB.
    """
    params = message.get("params")
    tool = TOOLS.get(str(params.get("name"))) if isinstance(params, dict) else None
    return message.get("method") == "tools/call" and tool is not None and tool.waits


def build_scope(request: HttpRequest, call: Call) -> dict[str, Any]:
    """Return the ASGI scope that the SDK sees: the request without what proves who sends it, and `call`."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in request.headers.items()
        if name.lower() not in SECRETS
    ]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.scheme,
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": None,
        "server": None,
        CALL: call,
    }


def _ended(task: asyncio.Task[None], user_id: int) -> None:
    _running.discard(task)
    _open[user_id] -= 1
    if _open[user_id] <= 0:
        del _open[user_id]
