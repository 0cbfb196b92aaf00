"""What waits to be sent to one client, in bounded memory: news that is overtaken goes, news that counts stays."""

from typing import Any

from generation.events.framing import decode_binary
from generation.events.publish import preview_key

Message = dict[str, Any]
News = tuple[Message, bytes | None]

PREVIEW = "job.preview"
OVERTAKEN_BY_NEXT = ("job.progress", "queue.moved")


class JobBuffer:
    """The unsent events of one job, oldest first.

    Of progress, of the place in the queue and, beyond `room` previews, of each image's preview only the newest is
    kept. The others are few: a job has a handful of states and sixteen images.
    """

    def __init__(self, job_id: str, *, previews: bool, room: int = 0) -> None:
        """Take the events of `job_id`, with or without `previews`, of which `room` may wait before any is overtaken."""
        self._job_id = job_id
        self._room = room
        self._number = 0
        self._previews = preview_key(job_id, 0).removesuffix("0") if previews else None
        self._waiting: dict[tuple[Any, ...], Message | bytes] = {}

    def hear(self, envelope: Message) -> bool:
        """Keep what a message of the layer says if it is about the job; return whether it was."""
        if "frame" in envelope:
            if self._previews is None or not envelope["key"].startswith(self._previews):
                return False
            self._put_preview(envelope["key"], envelope["frame"])
            return True
        message = envelope.get("message") or {}
        if message.get("job") != self._job_id:
            return False
        name = message["event"]
        self._put((name,) if name in OVERTAKEN_BY_NEXT else (name, message["sequence"]), message)
        return True

    def _put_preview(self, key: str, frame: bytes) -> None:
        waiting = [place for place in self._waiting if place[0] == PREVIEW]
        if len(waiting) >= self._room:
            overtaken = next((place for place in waiting if place[1] == key), None)
            self._waiting.pop(overtaken or (), None)
        self._number += 1
        self._waiting[PREVIEW, key, self._number] = frame

    def _put(self, place: tuple[Any, ...], what: Message | bytes) -> None:
        self._waiting.pop(place, None)  # to the end of the line
        self._waiting[place] = what

    def take(self) -> News | None:
        """Return the oldest message with its body, a JPEG or None; None when nothing waits."""
        if not self._waiting:
            return None
        what = self._waiting.pop(next(iter(self._waiting)))
        return decode_binary(what) if isinstance(what, bytes) else (what, None)
