"""State of one followed job for one client: what was sent, what is newer, and what only the row knows.

The channel layer is a hint and the row is the truth: subscribers read the row every POLL_SECONDS, and send from it what
no message said.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from gallery.models import Image
from generation.events.framing import decode_binary
from generation.events.publish import preview_prefix
from generation.events.types import EVENT_OF_STATUS, JobProgress, Snapshot
from generation.models import Job
from generation.realtime.send_buffer import OVERTAKEN_BY_NEXT, Message, News, SendBuffer
from generation.realtime.snapshot import last_previews
from generation.serializers.jobs import serialize_jobs

logger = logging.getLogger(__name__)

POLL_SECONDS = 3.0  # between two readings of the row of a followed job


@dataclass
class SentState:
    """What the client knows by the messages it was sent."""

    status: str = ""
    attempt: int = 0
    step: int = 0
    images: set[int] = field(default_factory=set)
    base: int = 0  # events up to this sequence were part of a whole job that was sent
    last_id: int = 0


@dataclass(frozen=True)
class RowState:
    """The row as it was read; `job`, as the API shows it, only where it is newer than what was sent."""

    exists: bool = True
    job: dict[str, Any] | None = None
    progress: JobProgress | None = None
    previews: tuple[News, ...] = ()


class JobSubscription:
    """A job that a client follows; `room` previews may wait before newer ones replace them."""

    def __init__(self, job: Job, *, previews: bool, room: int = 0) -> None:
        """Follow `job` for a client that was sent nothing yet."""
        self.job_id: uuid.UUID = job.pk
        self.owner_id = job.owner_id
        self.with_previews = previews
        self.sent = SentState()
        self._preview_prefix = preview_prefix(str(job.pk))
        self._buffer = SendBuffer(progress_room=0, preview_room=room)

    def resume_from(self, job: Job, sequence: int) -> None:
        """Record that the client has seen the events up to `sequence`; reads the database."""
        self.sent.last_id = sequence
        if sequence >= job.sequence:
            stored = set(Image.objects.kept().filter(job_id=job.pk).values_list("index", flat=True))
            self.sent = SentState(job.status, job.attempt, job.step, stored, base=sequence, last_id=sequence)

    @property
    def ended(self) -> bool:
        """Whether the client knows the job's end."""
        return bool(self.sent.status) and self.sent.status not in Job.UNFINISHED

    def receive(self, envelope: Message) -> bool:
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

    def next_message(self) -> News | None:
        """Return the oldest buffered message that is new to the client, None when there is none."""
        while (waiting := self._buffer.take()) is not None:
            fresh = decode_binary(waiting) if isinstance(waiting, bytes) else (waiting, None)
            if self._is_new(fresh[0]):
                self.mark_sent(fresh[0])
                return fresh
        return None

    def messages_from_row(self, row_state: RowState) -> Iterator[News]:
        """Yield what the row says and the client was not sent."""
        name = str(self.job_id)
        if row_state.progress is not None:
            found: list[News] = [(row_state.progress.message(), None)]
        elif row_state.job is None:
            found = []
        elif self.sent.status:
            event = EVENT_OF_STATUS[row_state.job["status"]](name, row_state.job["sequence"], row_state.job)
            found = [(event.message(), None)]
        else:
            found = [(Snapshot(name, row_state.job["sequence"], [row_state.job]).message(), None), *row_state.previews]
        for message, body in found:
            self.mark_sent(message)
            yield message, body

    def _is_new(self, message: Message) -> bool:
        # A move of the queue has the number of the job's last event.
        least = self.sent.base if message["event"] in OVERTAKEN_BY_NEXT else self.sent.base + 1
        return bool(message["sequence"] >= least)

    def mark_sent(self, message: Message) -> None:
        """Record that the client is sent `message`."""
        name, data, sent = message["event"], message["data"], self.sent
        # Two threads of a worker may overtake each other by a number; ids only grow.
        sent.last_id = max(sent.last_id, message["sequence"])
        if name == "job.progress":
            sent.step = data["step"]
        elif name == "job.image":
            sent.images.add(data["index"])
        whole = data["jobs"][0] if name == Snapshot.name else data
        if "status" not in whole:
            return
        sent.status, sent.attempt, sent.step = whole["status"], whole["attempt"], whole["progress"]["step"]
        sent.images = {image["index"] for image in whole["images"]}
        sent.base = max(sent.base, message["sequence"])


def read_row_states(subscriptions: Sequence[JobSubscription]) -> dict[uuid.UUID, RowState]:
    """Return the row states of all `subscriptions`, with a number of queries that does not grow with them."""
    ids = [one.job_id for one in subscriptions]
    jobs = {job.pk: job for job in Job.objects.select_related("checkpoint").filter(pk__in=ids)}
    stored = dict(Image.objects.kept().filter(job_id__in=ids).order_by().values_list("job_id").annotate(Count("pk")))
    row_states: dict[uuid.UUID, RowState] = {}
    changed: list[JobSubscription] = []
    for one in subscriptions:
        job = jobs.get(one.job_id)
        if job is None:
            row_states[one.job_id] = RowState(exists=False)
        elif _says_more(job, one.sent, stored.get(job.pk, 0)):
            changed.append(one)
        elif job.step > one.sent.step:
            row_states[job.pk] = RowState(progress=JobProgress(str(job.pk), job.sequence, job.step, job.total))
    shown = serialize_jobs([jobs[one.job_id] for one in changed])
    for one, whole in zip(changed, shown, strict=True):
        first = not one.sent.status and one.with_previews
        previews = tuple(last_previews([jobs[one.job_id]])) if first else ()
        row_states[one.job_id] = RowState(job=whole.model_dump(mode="json"), previews=previews)
    return row_states


def _says_more(job: Job, sent: SentState, stored: int) -> bool:
    return (job.status, job.attempt) != (sent.status, sent.attempt) or stored > len(sent.images)
