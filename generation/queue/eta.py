"""Queue position and ETA of jobs."""

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
CACHE_SECONDS = 2.0  # how long the number of live workers is cached


@dataclass(frozen=True)
class Place:
    """Position of a job, 1 is next, and `eta_seconds` until it is done; None while no worker may start jobs."""

    position: int
    eta_seconds: float | None


def places(most: int = LISTED_AT_MOST, *, wanted: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Place]:
    """Return the places of the first `most` queued jobs of all lanes, in the order in which they will start.

    With `wanted`, stops after the last of those.
    """
    free = _seconds_until_free()
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
    """Return the predicted remaining seconds of a running job."""
    done = job.step / job.total if job.total else 0.0
    return round(job.predicted_seconds * (1 - min(done, 1.0)), 1)


def _seconds_until_free() -> list[float]:
    """Return for each worker the seconds until it is free; none while the queue is paused or no worker lives."""
    if current_state().paused:
        return []
    claiming = _count_workers()
    busy: dict[str, float] = defaultdict(float)
    for job in Job.objects.running().only("worker", "predicted_seconds", "step", "total"):
        if job.worker not in _drained:
            busy[job.worker] += remaining_seconds(job)  # jobs that share a call have a part of it each
    return [*busy.values(), *[0.0] * (claiming - len(busy))]


_cached: tuple[float, int] = (0.0, 1)
_drained: frozenset[str] = frozenset()  # names of live workers that claim nothing more


def _count_workers() -> int:
    """Return the number of live workers that claim jobs; 1 when Redis is away."""
    global _cached, _drained
    if time.monotonic() - _cached[0] > CACHE_SECONDS:
        try:
            workers = live_workers()
        except RedisError:
            alive, _drained = 1, frozenset()
        else:
            _drained = frozenset(worker.name for worker in workers if worker.draining)
            alive = len(workers) - len(_drained)
        _cached = (time.monotonic(), alive)
    return _cached[1]
