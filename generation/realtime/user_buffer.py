"""What waits to be sent over one connection that tells everything about somebody's jobs, in bounded memory."""

from typing import Any

from generation.events.publish import preview_key
from generation.realtime.job_buffer import OVERTAKEN_BY_NEXT, PREVIEW, Message

ROOM = 32  # messages of a kind that may wait before newer ones overtake them
MOST_WAITING = 1000  # messages; who lags that far behind is better off with a new snapshot
ENDS = ("job.succeeded", "job.failed", "job.cancelled")

Place = tuple[str, Any]


class UserBuffer:
    """The unsent messages of all jobs of one person, oldest first.

    Where more than ROOM of a kind wait, only the newest of each job's progress, of its place in the queue and of each
    image's preview is kept, and no preview of a job that has ended. All other messages stay.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._waiting: dict[tuple[Place, int], Message | bytes] = {}
        self._number = 0

    @property
    def is_full(self) -> bool:
        """Whether MOST_WAITING messages wait."""
        return len(self._waiting) >= MOST_WAITING

    def put(self, message: Message) -> None:
        """Keep an event."""
        name, job = message["event"], message["job"]
        if name in OVERTAKEN_BY_NEXT:
            self._make_room(name, (name, job), ROOM)
        if name in ENDS:
            self._forget_previews(preview_key(str(job), 0).removesuffix("0"))
        self._add((name, job), message)

    def put_preview(self, key: str, frame: bytes, *, room: int = ROOM) -> None:
        """Keep a preview; with `room` others waiting, it takes the place of the earlier one of its image."""
        self._make_room(PREVIEW, (PREVIEW, key), room)
        self._add((PREVIEW, key), frame)

    def take(self, *, previews: bool = True) -> Message | bytes | None:
        """Return the oldest message, as it came; None when nothing waits, or only previews and those may not go."""
        for place in self._waiting:
            if previews or place[0][0] != PREVIEW:
                return self._waiting.pop(place)
        return None

    def _add(self, place: Place, what: Message | bytes) -> None:
        self._number += 1
        self._waiting[place, self._number] = what

    def _of_kind(self, kind: str) -> list[tuple[Place, int]]:
        return [one for one in self._waiting if one[0][0] == kind]

    def _make_room(self, kind: str, place: Place, room: int) -> None:
        waiting = self._of_kind(kind)
        if len(waiting) >= room:
            for one in waiting:
                if one[0] == place:
                    del self._waiting[one]

    def _forget_previews(self, prefix: str) -> None:
        waiting = self._of_kind(PREVIEW)
        if len(waiting) >= ROOM:
            for one in waiting:
                if one[0][1].startswith(prefix):
                    del self._waiting[one]
