"""Server-sent events of one job: a snapshot, then events, until the job has ended.

https://html.spec.whatwg.org/multipage/server-sent-events.html

The channel layer is a hint and the row is the truth: every POLL_SECONDS the row is read, and what no message said is
sent from it. While the stream waits it holds no thread and no database connection.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from weakref import WeakSet

from asgiref.sync import sync_to_async
from django.db import Error, connection

from generation.errors import JobRefused
from generation.events.framing import with_base64
from generation.models import Job
from generation.realtime.authentication import Connection, is_still_valid
from generation.realtime.job_subscription import POLL_SECONDS, JobSubscription, RowState, read_row_states
from generation.realtime.send_buffer import Message
from generation.realtime.subscribe import listening
from sdsite.core.backpressure import Backpressure

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 15.0
STUCK_SECONDS = 120.0  # a client that has read nothing for so long is gone, whatever its connection says
RETRY_MILLISECONDS = 2000  # after which a browser opens a lost stream again
RETRY_AFTER_SECONDS = 30  # a guess: when a stream ends cannot be known
MOST_STREAMS = 16  # of one user in one web process

_open: dict[int, WeakSet["JobStream"]] = {}


def check_stream_limit(user_id: int) -> None:
    """Refuse another stream where too many are open.

    Raises:
        JobRefused: `too_many_streams`, the user has MOST_STREAMS open.
    """
    if len(_open.get(user_id, ())) >= MOST_STREAMS:
        message = f"You follow {MOST_STREAMS} jobs already, which is the most at once. End one, or use the websocket."
        raise JobRefused("too_many_streams", message, status=429, retry_after=RETRY_AFTER_SECONDS)


class JobStream:
    """The events of one job on their way to one client, by an authenticated `client`.

    `last_id` is the last sequence that the client has seen, None for one that has seen nothing.
    """

    def __init__(
        self, job: Job, *, client: Connection, backpressure: Backpressure, last_id: int | None, previews: bool
    ) -> None:
        """Count as open from now on; reads the database."""
        self.job_id = job.pk
        self.owner_id = job.owner_id
        self.client = client
        self.backpressure = backpressure
        self.subscription = JobSubscription(job, previews=previews)
        if last_id is not None:
            self.subscription.resume_from(job, last_id)
        # Only weakly: a stream whose client left before it began is never ended.
        _open.setdefault(job.owner_id, WeakSet()).add(self)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the stream, part by part, as fast as the client reads it."""
        wakeup = asyncio.Event()

        def receive(envelope: Message) -> None:
            if self.subscription.receive(envelope):
                wakeup.set()

        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        self.backpressure.open()
        try:
            # Join first, read then: what happens while the row is read waits in the buffer.
            async with listening(self.owner_id, receive):
                async for part in self._events(wakeup):
                    try:
                        await asyncio.wait_for(self.backpressure.clear(), STUCK_SECONDS)
                    except TimeoutError:
                        return
                    yield part
        finally:
            self.backpressure.close()
            _open[self.owner_id].discard(self)

    async def _events(self, wakeup: asyncio.Event) -> AsyncIterator[bytes]:
        now = asyncio.get_running_loop().time
        next_poll_at, alive_at = now(), now() + KEEP_ALIVE_SECONDS
        while True:
            wakeup.clear()
            row_state = RowState()
            if now() >= next_poll_at:
                row_state = await sync_to_async(self._poll)()
                next_poll_at = now() + POLL_SECONDS
                if not row_state.exists:
                    return
            for message, body in self.subscription.messages_from_row(row_state):
                yield self._frame(message, body)
                alive_at = now() + KEEP_ALIVE_SECONDS
            while (fresh := self.subscription.next_message()) is not None:
                yield self._frame(*fresh)
                alive_at = now() + KEEP_ALIVE_SECONDS
            if self.subscription.ended:
                return
            if now() >= alive_at:
                yield b": still here\n\n"
                alive_at = now() + KEEP_ALIVE_SECONDS
            try:
                await asyncio.wait_for(wakeup.wait(), max(0.01, min(next_poll_at, alive_at) - now()))
            except TimeoutError:
                continue

    def _poll(self) -> RowState:
        """Read the row and check the client's access; an empty state when the database does not answer."""
        try:
            if not is_still_valid(self.client):
                return RowState(exists=False)
            return read_row_states([self.subscription]).get(self.job_id, RowState())
        except Error as error:
            logger.warning("events of job %s wait for the database: %s", self.job_id, error)
            return RowState()
        finally:
            connection.close()

    def _frame(self, message: Message, body: bytes | None) -> bytes:
        data = json.dumps(message if body is None else with_base64(message, body))
        return f"id: {self.subscription.sent.last_id}\nevent: {message['event']}\ndata: {data}\n\n".encode()
