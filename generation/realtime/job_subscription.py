"""One job as one client knows it: what it was told, what is news to it, and what only the row knows.

The layer is a hint and the row is the truth, here as everywhere: whoever follows a job looks at its row now and then,
and tells from it what it says and nobody told.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from gallery.models import Image
from generation.events.framing import decode_binary
from generation.events.publish import preview_key
from generation.events.types import OF_STATUS, JobProgress, Snapshot
from generation.models import Job
from generation.realtime.send_buffer import OVERTAKEN_BY_NEXT, Message, News, SendBuffer
from generation.realtime.snapshot import last_previews
from generation.serializers.jobs import serialize_jobs

logger = logging.getLogger(__name__)

POLL_SECONDS = 3.0  # how often whoever follows a job looks at its row


@dataclass
class SentState:
    """What the client knows by what it was sent."""

    status: str = ""
    attempt: int = 0
    step: int = 0
    images: set[int] = field(default_factory=set)
    base: int = 0  # whatever has a sequence up to this was part of a whole job that was sent
    last_id: int = 0


@dataclass(frozen=True)
class RowState:
    """The row as it was read; `job`, as the API shows it, only where it says more than was shown."""

    exists: bool = True
    job: dict[str, Any] | None = None
    progress: JobProgress | None = None
    previews: tuple[News, ...] = ()


class JobSubscription:
    """A job that a client follows; `room` previews may wait before newer ones replace them."""

    def __init__(self, job: Job, *, previews: bool, room: int = 0) -> None:
        """Follow `job` for a client that knows nothing of it yet."""
        self.job_id: uuid.UUID = job.pk
        self.owner_id = job.owner_id
        self.with_previews = previews
        self.shown = SentState()
        self._preview_prefix = preview_key(str(job.pk), 0).removesuffix("0")
        self._buffer = SendBuffer(progress_room=0, preview_room=room)

    def seen(self, job: Job, sequence: int) -> None:
        """Take in that the client has seen the events up to `sequence`; reads the database."""
        self.shown.last_id = sequence
        if sequence >= job.sequence:
            stored = set(Image.objects.filter(job_id=job.pk).values_list("index", flat=True))
            self.shown = SentState(job.status, job.attempt, job.step, stored, base=sequence, last_id=sequence)

    @property
    def ended(self) -> bool:
        """Whether the client knows the job's end."""
        return bool(self.shown.status) and self.shown.status not in Job.UNFINISHED

    def hear(self, envelope: Message) -> bool:
        """Buffer a message of the channel layer if it concerns the job; return whether it does."""
        if "frame" in envelope:
            concerns = self.with_previews and envelope["key"].startswith(self._preview_prefix)
            if concerns:
                self._buffer.put_preview(envelope["key"], envelope["frame"])
            return concerns
        message = envelope.get("message") or {}
        concerns = message.get("job") == str(self.job_id)
        if concerns:
            self._buffer.put(message)
        return concerns

    def news(self) -> News | None:
        """Return the oldest message that was heard and is new to the client, None when there is none."""
        while (waiting := self._buffer.take()) is not None:
            fresh = decode_binary(waiting) if isinstance(waiting, bytes) else (waiting, None)
            if self._is_new(fresh[0]):
                self.note(fresh[0])
                return fresh
        return None

    def told_by(self, look: RowState) -> Iterator[News]:
        """Yield what the row says and the client was not told."""
        name = str(self.job_id)
        if look.progress is not None:
            found: list[News] = [(look.progress.message(), None)]
        elif look.job is None:
            found = []
        elif self.shown.status:
            found = [(OF_STATUS[look.job["status"]](name, look.job["sequence"], look.job).message(), None)]
        else:
            found = [(Snapshot(name, look.job["sequence"], [look.job]).message(), None), *look.previews]
        for message, body in found:
            self.note(message)
            yield message, body

    def _is_new(self, message: Message) -> bool:
        # A move of the queue has the number of the job's last event.
        least = self.shown.base if message["event"] in OVERTAKEN_BY_NEXT else self.shown.base + 1
        return bool(message["sequence"] >= least)

    def note(self, message: Message) -> None:
        """Take in that the client is sent `message`."""
        name, data, shown = message["event"], message["data"], self.shown
        # Two threads of a worker may overtake each other by a number; ids only grow.
        shown.last_id = max(shown.last_id, message["sequence"])
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


def read_row_states(followed: Sequence[JobSubscription]) -> dict[uuid.UUID, RowState]:
    """Return what the rows of `followed` say, with a number of queries that does not grow with them."""
    ids = [one.job_id for one in followed]
    jobs = {job.pk: job for job in Job.objects.select_related("checkpoint").filter(pk__in=ids)}
    stored = dict(Image.objects.filter(job_id__in=ids).order_by().values_list("job_id").annotate(Count("pk")))
    looks: dict[uuid.UUID, RowState] = {}
    changed: list[JobSubscription] = []
    for one in followed:
        job = jobs.get(one.job_id)
        if job is None:
            looks[one.job_id] = RowState(exists=False)
        elif _says_more(job, one.shown, stored.get(job.pk, 0)):
            changed.append(one)
        elif job.step > one.shown.step:
            looks[job.pk] = RowState(progress=JobProgress(str(job.pk), job.sequence, job.step, job.total))
    shown = serialize_jobs([jobs[one.job_id] for one in changed])
    for one, whole in zip(changed, shown, strict=True):
        first = not one.shown.status and one.with_previews
        previews = tuple(last_previews([jobs[one.job_id]])) if first else ()
        looks[one.job_id] = RowState(job=whole.model_dump(mode="json"), previews=previews)
    return looks


def _says_more(job: Job, shown: SentState, stored: int) -> bool:
    return (job.status, job.attempt) != (shown.status, shown.attempt) or stored > len(shown.images)
