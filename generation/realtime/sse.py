"""Server-sent events of one job: a snapshot, then news, until the job has ended.

https://html.spec.whatwg.org/multipage/server-sent-events.html

The layer is a hint and the row is the truth, here as everywhere: every POLL_SECONDS the row is looked at, and what it
says and nobody told is told from it. While the stream waits it holds no thread and no database connection.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from asgiref.sync import sync_to_async
from django.db import Error, connection

from gallery.models import Image
from generation.jobs.errors import JobRefused
from generation.models import Job
from generation.realtime.events import OF_STATUS, JobProgress, Snapshot
from generation.realtime.frames import with_base64
from generation.realtime.listening import listening
from generation.realtime.mailbox import OVERTAKEN_BY_NEXT, Mailbox, Message, News
from generation.realtime.snapshot import last_previews
from generation.realtime.welcome import Pass, still_welcome
from generation.representations import represent_job
from sdsite.line import Line

logger = logging.getLogger(__name__)

POLL_SECONDS = 3.0
KEEP_ALIVE_SECONDS = 15.0
STUCK_SECONDS = 120.0  # a client that has taken nothing for so long is gone, whatever its connection says
RETRY_MILLISECONDS = 2000  # after which a browser that lost its stream comes back
RETRY_AFTER_SECONDS = 30  # nobody knows when somebody hangs up
MOST_STREAMS = 16  # of one person in one web process

_open: dict[int, WeakSet["JobStream"]] = {}


@dataclass
class Shown:
    """What the client knows by what it was sent."""

    status: str = ""
    attempt: int = 0
    step: int = 0
    images: set[int] = field(default_factory=set)
    base: int = 0  # whatever has a sequence up to this was part of a whole job that was sent
    last_id: int = 0


@dataclass(frozen=True)
class Look:
    """The row as it was read; `job`, as the API shows it, only where it says more than was shown."""

    exists: bool
    job: dict[str, Any] | None = None
    progress: JobProgress | None = None
    previews: tuple[News, ...] = ()


def admit(user_id: int) -> None:
    """Let another stream in.

    Raises:
        JobRefused: `too_many_streams`, the person has MOST_STREAMS open.
    """
    if len(_open.get(user_id, ())) >= MOST_STREAMS:
        message = f"You follow {MOST_STREAMS} jobs already, which is the most at once. End one, or use the websocket."
        raise JobRefused("too_many_streams", message, status=429, retry_after=RETRY_AFTER_SECONDS)


class JobStream:
    """The events of one job on their way to one client, who came in with `admission`.

    `last_id` is the last sequence that the client has seen, None for one that has seen nothing.
    """

    def __init__(self, job: Job, *, admission: Pass, line: Line, last_id: int | None, previews: bool) -> None:
        """Count as open from now on; reads the database."""
        self.job_id: uuid.UUID = job.pk
        self.admission = admission
        self.line = line
        self.with_previews = previews
        self.owner_id = job.owner_id
        self.shown = Shown(last_id=last_id or 0)
        if last_id is not None and last_id >= job.sequence:
            stored = set(Image.objects.filter(job_id=job.pk).values_list("index", flat=True))
            self.shown = Shown(job.status, job.attempt, job.step, stored, base=last_id, last_id=last_id)
        # Only weakly: a stream whose client hung up before it began is never told to end.
        _open.setdefault(job.owner_id, WeakSet()).add(self)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the stream, part by part, as fast as the client takes it."""
        mailbox, rung = Mailbox(str(self.job_id), previews=self.with_previews), asyncio.Event()

        def hear(envelope: Message) -> None:
            if mailbox.hear(envelope):
                rung.set()

        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        self.line.open()
        try:
            # Join first, read then: what happens while the row is read waits in the mailbox.
            async with listening(self.owner_id, hear):
                async for part in self._tell(mailbox, rung):
                    try:
                        await asyncio.wait_for(self.line.clear(), STUCK_SECONDS)
                    except TimeoutError:
                        return
                    yield part
        finally:
            self.line.close()
            _open[self.owner_id].discard(self)

    async def _tell(self, mailbox: Mailbox, rung: asyncio.Event) -> AsyncIterator[bytes]:
        now = asyncio.get_running_loop().time
        look_at, alive_at = now(), now() + KEEP_ALIVE_SECONDS
        while True:
            rung.clear()
            news: list[News] = []
            if now() >= look_at:
                look = await sync_to_async(self._look)()
                look_at = now() + POLL_SECONDS
                if look is not None and not look.exists:
                    return
                news = self._told_by_row(look) if look else []
            for message, body in news:
                yield self._frame(message, body)
                alive_at = now() + KEEP_ALIVE_SECONDS
            while (fresh := mailbox.take()) is not None:
                if self._is_new(fresh[0]):
                    yield self._frame(*fresh)
                    alive_at = now() + KEEP_ALIVE_SECONDS
            if self.shown.status not in Job.UNFINISHED and self.shown.status:
                return
            if now() >= alive_at:
                yield b": still here\n\n"
                alive_at = now() + KEEP_ALIVE_SECONDS
            try:
                await asyncio.wait_for(rung.wait(), max(0.01, min(look_at, alive_at) - now()))
            except TimeoutError:
                continue

    def _look(self) -> Look | None:
        """Read the row, and whether the client may still see it; None when the database does not answer."""
        try:
            return self._read() if still_welcome(self.admission) else Look(exists=False)
        except Error as error:
            logger.warning("events of job %s wait for the database: %s", self.job_id, error)
            return None
        finally:
            connection.close()

    def _read(self) -> Look:
        job = Job.objects.select_related("checkpoint").filter(pk=self.job_id).first()
        if job is None:
            return Look(exists=False)
        shown = self.shown
        stored = Image.objects.filter(job_id=job.pk).count()
        if (job.status, job.attempt) != (shown.status, shown.attempt) or stored > len(shown.images):
            first = not shown.status and self.with_previews
            previews = tuple(last_previews([job])) if first else ()
            return Look(exists=True, job=represent_job(job).model_dump(mode="json"), previews=previews)
        if job.step > shown.step:
            return Look(exists=True, progress=JobProgress(str(job.pk), job.sequence, job.step, job.total))
        return Look(exists=True)

    def _told_by_row(self, look: Look) -> list[News]:
        if look.progress is not None:
            return [(look.progress.message(), None)]
        if look.job is None:
            return []
        job, name = look.job, str(self.job_id)
        if self.shown.status:
            return [(OF_STATUS[job["status"]](name, job["sequence"], job).message(), None)]
        return [(Snapshot(name, job["sequence"], [job]).message(), None), *look.previews]

    def _is_new(self, message: Message) -> bool:
        # A move of the queue has the number of the job's last event.
        least = self.shown.base if message["event"] in OVERTAKEN_BY_NEXT else self.shown.base + 1
        return bool(message["sequence"] >= least)

    def _frame(self, message: Message, body: bytes | None) -> bytes:
        self._note(message)
        # Two threads of a worker may overtake each other by a number; ids only grow.
        self.shown.last_id = max(self.shown.last_id, message["sequence"])
        data = json.dumps(message if body is None else with_base64(message, body))
        return f"id: {self.shown.last_id}\nevent: {message['event']}\ndata: {data}\n\n".encode()

    def _note(self, message: Message) -> None:
        name, data, shown = message["event"], message["data"], self.shown
        if name == "job.progress":
            shown.step = data["step"]
        elif name == "job.image":
            shown.images.add(data["index"])
        whole = data["jobs"][0] if name == Snapshot.name else data
        if "status" not in whole:
            return
        shown.status, shown.attempt, shown.step = whole["status"], whole["attempt"], whole["progress"]["step"]
        shown.images = {image["index"] for image in whole["images"]}
        shown.base = max(shown.base, message["sequence"])
