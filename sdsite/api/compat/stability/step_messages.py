"""From what a worker tells to one message a step: none left out, each once, in order.

A worker counts callbacks: some samplers have two of them a step, and a job of several batches has those of each batch.
The client counts steps, from 0. Of progress only the newest may arrive, and a preview arrives a little after its step.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

PATIENCE_SECONDS = 5.0  # how long a step that should have pictures waits for the first of them
BURST_SECONDS = 0.1  # pictures of one step come right after each other; after such a pause there are no more


@dataclass
class _Step:
    number: int
    with_pictures: bool
    callback: int  # how far the worker was when it was heard of
    heard_at: float


@dataclass
class Steps:
    """The steps of one job of `images` images: which are due, and the previews that go with them.

    Steps `start`, `start + every`, ... come with pictures; `every` 0: none do. The last step of `steps` is never told
    here: its message carries the finished images.
    """

    steps: int
    images: int
    every: int
    start: int
    _told: int = -1
    _waiting: deque[_Step] = field(default_factory=deque)
    _previews: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # index: (callback, JPEG)
    _preview_at: float = float("-inf")

    def progressed(self, callback: int, total: int, now: float) -> None:
        """Take in that `callback` of `total` is done; time is in seconds."""
        step = -(-callback * self.steps // total) - 1 if total else -1
        for number in range(self._last_heard() + 1, min(step, self.steps - 2) + 1):
            self._waiting.append(_Step(number, self._has_pictures(number), callback, now))

    def previewed(self, index: int, callback: int, jpeg: bytes, now: float) -> None:
        """Take in how image `index` looks after `callback` of its batch."""
        self._previews[index] = (callback, jpeg)
        self._preview_at = now

    def due(self, now: float) -> Iterator[tuple[int, list[bytes]]]:
        """Yield (step, pictures) of every step that needs to wait for nothing."""
        while self._waiting and self._due_at(self._waiting[0]) <= now:
            yield self._told_now(self._waiting.popleft())

    def wait_seconds(self, now: float) -> float | None:
        """Return in how many seconds the next step is due if nothing comes; None where none waits."""
        return max(0.0, self._due_at(self._waiting[0]) - now) if self._waiting else None

    def rest(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield all steps but the last that were not told yet: the job has ended well."""
        while self._waiting:
            yield self._told_now(self._waiting.popleft())
        for number in range(self._told + 1, self.steps - 1):
            yield number, []

    def _told_now(self, step: _Step) -> tuple[int, list[bytes]]:
        self._told = step.number
        pictures = [jpeg for _, (_, jpeg) in sorted(self._previews.items())] if step.with_pictures else []
        return step.number, pictures

    def _last_heard(self) -> int:
        return self._waiting[-1].number if self._waiting else self._told

    def _has_pictures(self, number: int) -> bool:
        return self.every > 0 and number >= self.start and (number - self.start) % self.every == 0

    def _due_at(self, step: _Step) -> float:
        if not step.with_pictures or self._is_complete(step):
            return float("-inf")
        patience = step.heard_at + PATIENCE_SECONDS
        return min(patience, self._preview_at + BURST_SECONDS) if self._preview_at >= step.heard_at else patience

    def _is_complete(self, step: _Step) -> bool:
        """Whether every image was seen as it is after this step; of several batches that is never known."""
        seen = [callback for callback, _ in self._previews.values() if callback >= step.callback]
        return len(seen) >= self.images
