"""Every event that goes to browsers and programs: name and payload, declared together.

The docstring of each class is its documentation in docs/events.md.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Common part: which job, and its sequence number; a client drops what is lower than what it shows."""

    name: ClassVar[str]
    job: str | None
    sequence: int

    def data(self) -> dict[str, Any]:
        """Return the payload."""
        values = asdict(self)
        return {key: value for key, value in values.items() if key not in ("job", "sequence")}

    def message(self) -> dict[str, Any]:
        """Return the whole message as it goes over the wire."""
        return {"event": self.name, "job": self.job, "sequence": self.sequence, "data": self.data()}


@dataclass(frozen=True)
class Snapshot(Event):
    """First message of every connection: `jobs`, every unfinished job of the user, or the one job of the stream."""

    name = "snapshot"
    jobs: list[dict[str, Any]]


@dataclass(frozen=True)
class JobEvent(Event):
    """A job changed its state; the payload is the whole job as the API shows it."""

    representation: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """Return the job itself as the payload."""
        return self.representation


@dataclass(frozen=True)
class JobQueued(JobEvent):
    """The job waits: it was submitted, or went back into the queue after its worker was lost."""

    name = "job.queued"


@dataclass(frozen=True)
class JobStarted(JobEvent):
    """A worker took the job."""

    name = "job.started"


@dataclass(frozen=True)
class JobProgress(Event):
    """`step` of `total` denoising callbacks are done, over all images; `eta_seconds` until the end."""

    name = "job.progress"
    step: int
    total: int
    eta_seconds: float | None = None


@dataclass(frozen=True)
class JobPreview(Event):
    """How image `index` looks after `step`; a binary frame whose body is a JPEG."""

    name = "job.preview"
    index: int
    step: int


@dataclass(frozen=True)
class JobImage(Event):
    """Image `index` is finished and stored; `image` as the API shows it."""

    name = "job.image"
    index: int
    image: dict[str, Any]


@dataclass(frozen=True)
class JobSucceeded(JobEvent):
    """Every image that was asked for is stored."""

    name = "job.succeeded"


@dataclass(frozen=True)
class JobFailed(JobEvent):
    """The job ended without all its images; `error` in the payload says why and what to do."""

    name = "job.failed"


@dataclass(frozen=True)
class JobCancelled(JobEvent):
    """Somebody stopped the job; images that were finished before stay."""

    name = "job.cancelled"


@dataclass(frozen=True)
class QueueMoved(Event):
    """A waiting job has another place or forecast: its `position` (1 is next) and `eta_seconds` until it is done."""

    name = "queue.moved"
    position: int
    eta_seconds: float | None


@dataclass(frozen=True)
class QueueChanged(Event):
    """Administrators paused, resumed, closed or opened the queue: `state` is open, paused or closed; about no job."""

    name = "queue.changed"
    state: str
    reason: str


EVENTS: dict[str, type[Event]] = {
    event.name: event
    for event in (
        Snapshot,
        JobQueued,
        JobStarted,
        JobProgress,
        JobPreview,
        JobImage,
        JobSucceeded,
        JobFailed,
        JobCancelled,
        QueueMoved,
        QueueChanged,
    )
}

OF_STATUS: dict[str, type[JobEvent]] = {
    "queued": JobQueued,
    "running": JobStarted,
    "succeeded": JobSucceeded,
    "failed": JobFailed,
    "cancelled": JobCancelled,
}
