"""Conversion of a worker's progress and preview events to exactly one message per step, in order.

A worker counts callbacks: some samplers have two of them a step, and a job of several batches has those of each batch.
The client counts steps, from 0. Only the newest progress event may arrive, and a preview arrives a little after its
step.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

PATIENCE_SECONDS = 5.0  # how long a step that should have previews waits for the first of them
BURST_SECONDS = 0.1  # previews of one step follow each other at once; after such a pause there are no more


@dataclass
class _Step:
    number: int
    with_previews: bool
    callback: int  # callbacks done when the event of this step arrived
    arrived_at: float


@dataclass
class Steps:
    """The steps of one job of `images` images that are due, with their previews.

    Steps `start`, `start + every`, ... have previews; with `every` 0 none has. The last step of `steps` is never
    yielded here: its message carries the finished images.
    """

    steps: int
    images: int
    every: int
    start: int
    _sent: int = -1
    _waiting: deque[_Step] = field(default_factory=deque)
    _previews: dict[int, tuple[int, bytes]] = field(default_factory=dict)  # index: (callback, JPEG)
    _preview_at: float = float("-inf")

    def progressed(self, callback: int, total: int, now: float) -> None:
        """Record that `callback` of `total` callbacks are done; `now` is in seconds."""
        step = -(-callback * self.steps // total) - 1 if total else -1
        for number in range(self._last_arrived() + 1, min(step, self.steps - 2) + 1):
            self._waiting.append(_Step(number, self._has_previews(number), callback, now))

    def previewed(self, index: int, callback: int, jpeg: bytes, now: float) -> None:
        """Record the preview of image `index` after `callback` of its batch."""
        self._previews[index] = (callback, jpeg)
        self._preview_at = now

    def due(self, now: float) -> Iterator[tuple[int, list[bytes]]]:
        """Yield (step, previews) of every step that is due."""
        while self._waiting and self._due_at(self._waiting[0]) <= now:
            yield self._send(self._waiting.popleft())

    def wait_seconds(self, now: float) -> float | None:
        """Return the seconds until the next step is due if no event arrives; None where no step waits."""
        return max(0.0, self._due_at(self._waiting[0]) - now) if self._waiting else None

    def rest(self) -> Iterator[tuple[int, list[bytes]]]:
        """Yield all remaining steps but the last, once the job has succeeded."""
        while self._waiting:
            yield self._send(self._waiting.popleft())
        for number in range(self._sent + 1, self.steps - 1):
            yield number, []

    def _send(self, step: _Step) -> tuple[int, list[bytes]]:
        self._sent = step.number
        previews = [jpeg for _, (_, jpeg) in sorted(self._previews.items())] if step.with_previews else []
        return step.number, previews

    def _last_arrived(self) -> int:
        return self._waiting[-1].number if self._waiting else self._sent

    def _has_previews(self, number: int) -> bool:
        return self.every > 0 and number >= self.start and (number - self.start) % self.every == 0

    def _due_at(self, step: _Step) -> float:
        if not step.with_previews or self._is_complete(step):
            return float("-inf")
        patience = step.arrived_at + PATIENCE_SECONDS
        return min(patience, self._preview_at + BURST_SECONDS) if self._preview_at >= step.arrived_at else patience

    def _is_complete(self, step: _Step) -> bool:
        """Whether every image has a preview of this step or a later one; never so with several batches."""
        recent = [callback for callback, _ in self._previews.values() if callback >= step.callback]
        return len(recent) >= self.images
