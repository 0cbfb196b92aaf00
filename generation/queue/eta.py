"""When a job will be done, from what was measured."""

import time
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from redis import RedisError

from generation.models import Job
from generation.queue.forecast import forecast
from generation.queue.state import current_state
from generation.queue.workers import live_workers

LISTED_AT_MOST = 200
KNOWN_SECONDS = 2.0  # how long a look at the board of workers is good for


@dataclass(frozen=True)
class Place:
    """Where a job stands: 1 is next; `eta_seconds` until it is done, None while nobody draws."""

    position: int
    eta_seconds: float | None


def places(most: int = LISTED_AT_MOST, *, wanted: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Place]:
    """Return the places of the first `most` waiting jobs of all lanes, in the order in which they will start.

    With `wanted`, looks no further than to the last of those.
    """
    free = _free_in()
    missing = set(wanted) if wanted is not None else None
    found: dict[uuid.UUID, Place] = {}
    for position, (pk, seconds) in enumerate(forecast(settings.LANES, most, free or (0.0,)), start=1):
        found[pk] = Place(position, round(seconds, 1) if free else None)
        if missing is not None:
            missing.discard(pk)
            if not missing:
                break
    return found


def remaining_seconds(job: Job) -> float:
    """Return what a running job should still need."""
    done = job.step / job.total if job.total else 0.0
    return round(job.predicted_seconds * (1 - min(done, 1.0)), 1)


def _free_in() -> list[float]:
    """Return for each worker the seconds until it is free; none while the queue is paused or no worker lives."""
    if current_state().paused:
        return []
    busy: dict[str, float] = defaultdict(float)
    for job in Job.objects.running().only("worker", "predicted_seconds", "step", "total"):
        busy[job.worker] += remaining_seconds(job)  # those that share a call each have their part of it
    return [*busy.values(), *[0.0] * (_workers() - len(busy))]


_board: tuple[float, int] = (0.0, 1)


def _workers() -> int:
    """Return how many workers live; 1 when Redis is away and nobody knows."""
    global _board
    if time.monotonic() - _board[0] > KNOWN_SECONDS:
        try:
            alive = len(live_workers())
        except RedisError:
            alive = 1
        _board = (time.monotonic(), alive)
    return _board[1]
