"""Server-sent events of one job: a snapshot, then news, until the job has ended.

https://html.spec.whatwg.org/multipage/server-sent-events.html

The layer is a hint and the row is the truth, here as everywhere: every LOOK_SECONDS the row is looked at, and what it
says and nobody told is told from it. While the stream waits it holds no thread and no database connection.
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
STUCK_SECONDS = 120.0  # a client that has taken nothing for so long is gone, whatever its connection says
RETRY_MILLISECONDS = 2000  # after which a browser that lost its stream comes back
RETRY_AFTER_SECONDS = 30  # nobody knows when somebody hangs up
MOST_STREAMS = 16  # of one person in one web process

_open: dict[int, WeakSet["JobStream"]] = {}


def check_stream_limit(user_id: int) -> None:
    """Let another stream in.

    Raises:
        JobRefused: `too_many_streams`, the person has MOST_STREAMS open.
    """
    if len(_open.get(user_id, ())) >= MOST_STREAMS:
        message = f"You follow {MOST_STREAMS} jobs already, which is the most at once. End one, or use the websocket."
        raise JobRefused("too_many_streams", message, status=429, retry_after=RETRY_AFTER_SECONDS)


class JobStream:
    """The events of one job on their way to one client, by an authenticated `client`.

    `last_id` is the last sequence that the client has seen, None for one that has seen nothing.
    """

    def __init__(
        self, job: Job, *, client: Connection, line: Backpressure, last_id: int | None, previews: bool
    ) -> None:
        """Count as open from now on; reads the database."""
        self.job_id = job.pk
        self.owner_id = job.owner_id
        self.client = client
        self.line = line
        self.followed = JobSubscription(job, previews=previews)
        if last_id is not None:
            self.followed.seen(job, last_id)
        # Only weakly: a stream whose client hung up before it began is never told to end.
        _open.setdefault(job.owner_id, WeakSet()).add(self)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the stream, part by part, as fast as the client takes it."""
        rung = asyncio.Event()

        def hear(envelope: Message) -> None:
            if self.followed.hear(envelope):
                rung.set()

        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        self.line.open()
        try:
            # Join first, read then: what happens while the row is read waits in the mailbox.
            async with listening(self.owner_id, hear):
                async for part in self._tell(rung):
                    try:
                        await asyncio.wait_for(self.line.clear(), STUCK_SECONDS)
                    except TimeoutError:
                        return
                    yield part
        finally:
            self.line.close()
            _open[self.owner_id].discard(self)

    async def _tell(self, rung: asyncio.Event) -> AsyncIterator[bytes]:
        now = asyncio.get_running_loop().time
        look_again_at, alive_at = now(), now() + KEEP_ALIVE_SECONDS
        while True:
            rung.clear()
            look = RowState()
            if now() >= look_again_at:
                look = await sync_to_async(self._look)()
                look_again_at = now() + POLL_SECONDS
                if not look.exists:
                    return
            for message, body in self.followed.told_by(look):
                yield self._frame(message, body)
                alive_at = now() + KEEP_ALIVE_SECONDS
            while (fresh := self.followed.news()) is not None:
                yield self._frame(*fresh)
                alive_at = now() + KEEP_ALIVE_SECONDS
            if self.followed.ended:
                return
            if now() >= alive_at:
                yield b": still here\n\n"
                alive_at = now() + KEEP_ALIVE_SECONDS
            try:
                await asyncio.wait_for(rung.wait(), max(0.01, min(look_again_at, alive_at) - now()))
            except TimeoutError:
                continue

    def _look(self) -> RowState:
        """Read the row, and whether the client may still see it; nothing new when the database does not answer."""
        try:
            if not is_still_valid(self.client):
                return RowState(exists=False)
            return read_row_states([self.followed]).get(self.job_id, RowState())
        except Error as error:
            logger.warning("events of job %s wait for the database: %s", self.job_id, error)
            return RowState()
        finally:
            connection.close()

    def _frame(self, message: Message, body: bytes | None) -> bytes:
        data = json.dumps(message if body is None else with_base64(message, body))
        return f"id: {self.followed.shown.last_id}\nevent: {message['event']}\ndata: {data}\n\n".encode()
