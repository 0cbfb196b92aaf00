"""Messages that wait to be sent over one connection, in bounded memory: overtaken ones are dropped, others are kept."""

from typing import Any

from generation.events.publish import preview_prefix

ROOM = 32  # messages of a kind that may wait before newer ones replace older ones
MOST_WAITING = 1000  # messages; a client that lags that far behind is better off with a new snapshot
PREVIEW = "job.preview"
OVERTAKEN_BY_NEXT = ("job.progress", "queue.moved")
ENDS = ("job.succeeded", "job.failed", "job.cancelled")

Message = dict[str, Any]
News = tuple[Message, bytes | None]
Place = tuple[Any, ...]


class SendBuffer:
    """The unsent messages of one connection or of one job, oldest first.

    Where `progress_room` progress messages (or moves of the queue), or `preview_room` previews wait, a newer one
    replaces the oldest of the same job or image. All other messages stay. A room of 0 keeps the newest of each alone.
    """

    def __init__(self, *, progress_room: int = ROOM, preview_room: int = ROOM) -> None:
        """Start empty."""
        self._progress_room = progress_room
        self._preview_room = preview_room
        self._waiting: dict[tuple[Place, int], Message | bytes] = {}
        self._number = 0

    @property
    def is_full(self) -> bool:
        """Whether MOST_WAITING messages wait."""
        return len(self._waiting) >= MOST_WAITING

    def put(self, message: Message) -> None:
        """Keep an event."""
        place = (message["event"], message["job"])
        if message["event"] in OVERTAKEN_BY_NEXT:
            self._make_room(place, self._progress_room)
        self._add(place, message)

    def put_preview(self, key: str, frame: bytes, *, room: int | None = None) -> None:
        """Keep a preview under its `preview_key`; `room` replaces the buffer's own for this call."""
        self._make_room((PREVIEW, key), self._preview_room if room is None else room)
        self._add((PREVIEW, key), frame)

    def forget_previews(self, job_id: str) -> None:
        """Drop the previews of a job that has ended, if there is no room for more."""
        waiting = self._of_kind(PREVIEW)
        if len(waiting) >= self._preview_room:
            prefix = preview_prefix(job_id)
            for one in waiting:
                if one[0][1].startswith(prefix):
                    del self._waiting[one]

    def take(self, *, previews: bool = True) -> Message | bytes | None:
        """Return the oldest message, or a preview's frame; None when nothing waits that may go (`previews`)."""
        for place in self._waiting:
            if previews or place[0][0] != PREVIEW:
                return self._waiting.pop(place)
        return None

    def _add(self, place: Place, what: Message | bytes) -> None:
        self._number += 1
        self._waiting[place, self._number] = what

    def _of_kind(self, kind: str) -> list[tuple[Place, int]]:
        return [one for one in self._waiting if one[0][0] == kind]

    def _make_room(self, place: Place, room: int) -> None:
        """Drop the oldest messages of `place`, until fewer than `room` of its kind wait or none of it does."""
        waiting = self._of_kind(place[0])
        overtaken = [one for one in waiting if one[0] == place]
        for one in overtaken[: max(0, len(waiting) - room + 1)]:
            del self._waiting[one]
