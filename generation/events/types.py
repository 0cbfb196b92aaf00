"""Events for browsers and programs: name and payload, declared together.

The docstring of each class is its documentation in docs/events.md.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Base of all events: the job and its sequence number; a client drops lower numbers than the one it shows."""

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
    """Base of state changes of a job; the payload is the whole job as the API shows it."""

    serialized: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """Return the serialized job."""
        return self.serialized


@dataclass(frozen=True)
class JobQueued(JobEvent):
    """The job was queued: it was submitted, or its worker was lost."""

    name = "job.queued"


@dataclass(frozen=True)
class JobStarted(JobEvent):
    """A worker took the job."""

    name = "job.started"


@dataclass(frozen=True)
class JobProgress(Event):
    """`step` of `total` denoising callbacks of all images are done; `eta_seconds` until the job ends."""

    name = "job.progress"
    step: int
    total: int
    eta_seconds: float | None = None


@dataclass(frozen=True)
class JobPreview(Event):
    """Preview of image `index` after `step`: a binary frame whose body is a JPEG."""

    name = "job.preview"
    index: int
    step: int


@dataclass(frozen=True)
class JobImage(Event):
    """Image `index` was stored; `image` as the API shows it."""

    name = "job.image"
    index: int
    image: dict[str, Any]


@dataclass(frozen=True)
class JobSucceeded(JobEvent):
    """Every requested image is stored."""

    name = "job.succeeded"


@dataclass(frozen=True)
class JobFailed(JobEvent):
    """The job ended without all its images; `error` in the payload has the reason."""

    name = "job.failed"


@dataclass(frozen=True)
class JobCancelled(JobEvent):
    """The job was cancelled; images finished before that are kept."""

    name = "job.cancelled"


@dataclass(frozen=True)
class QueueMoved(Event):
    """A queued job has a new `position` (1 is next) or `eta_seconds` until it is done."""

    name = "queue.moved"
    position: int
    eta_seconds: float | None


@dataclass(frozen=True)
class QueueChanged(Event):
    """The queue was paused, resumed, closed or opened: `state` is open, paused or closed; `job` is null."""

    name = "queue.changed"
    state: str
    reason: str


@dataclass(frozen=True)
class SiteChanged(Event):
    """Administrators announced something, or began or ended maintenance: the payload is `GET /api/v1/site`.

    It goes to every connection; `job` is null.
    """

    name = "site.changed"
    site: dict[str, Any]

    def data(self) -> dict[str, Any]:
        """Return the document of the site."""
        return self.site


@dataclass(frozen=True)
class ImagesChanged(Event):
    """Stored images were marked, trashed, deleted, shared or moderated, perhaps in another tab: `action` says what.

    `ids` are the images, or null for so many that lists must be read again; `value` is what was set. `job` is null.
    The moderator who did `hold`, `release`, `resolve` or made images private is told too.
    """

    name = "images.changed"
    action: str
    ids: list[str] | None
    value: Any = None


@dataclass(frozen=True)
class ImagesHidden(Event):
    """Images of other people, `ids`, may not be seen any more: under review, made private or deleted; why is not said.

    It goes to everybody who may have seen them, and a page asks again for what it may still see another way. `job` is
    null.
    """

    name = "images.hidden"
    ids: list[str]


@dataclass(frozen=True)
class NoticesChanged(Event):
    """Notices of the person came or were read: `unread` is how many are unread now; `job` is null."""

    name = "notices.changed"
    unread: int


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
        SiteChanged,
        ImagesChanged,
        ImagesHidden,
        NoticesChanged,
    )
}

EVENT_OF_STATUS: dict[str, type[JobEvent]] = {
    "queued": JobQueued,
    "running": JobStarted,
    "succeeded": JobSucceeded,
    "failed": JobFailed,
    "cancelled": JobCancelled,
}
