"""Lists of live workers, and of those that ended because their device failed; kept in Redis."""

import json
import time
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypedDict, TypeVar

from generation.queue.worker_orders import forget_orders
from generation.redis_client import connection

WORKERS_KEY = "sdsite:workers"
FAILED_KEY = "sdsite:failed_workers"
FAILED_SECONDS = 3600.0  # for how long the failure of a worker that no supervisor starts again is shown
WORKER_SEEN_SECONDS = 10.0


class LoadedCheckpoint(TypedDict):
    """A checkpoint in a worker's memory: all its bytes, those on the device while it runs, and the memory mode."""

    slug: str
    size_bytes: int
    device_bytes: int
    memory_mode: str


@dataclass(frozen=True)
class LiveWorker:
    """A worker that reported within the last WORKER_SEEN_SECONDS; `seen_at` is a Unix time.

    `hardware` names the device in words, `notes` are sentences on what is amiss with it. `draining`: it finishes its
    jobs and claims no more. `loaded` has the checkpoint used last at the end; the bytes of memory are the device's.
    """

    name: str
    lanes: list[str]
    state: str
    current_job_id: str | None
    device: str
    checkpoint: str | None
    pid: int
    seen_at: float
    hardware: str = ""
    notes: list[str] = field(default_factory=list)
    draining: bool = False
    loaded: list[LoadedCheckpoint] = field(default_factory=list)
    memory_free: int = 0
    memory_total: int = 0


@dataclass(frozen=True)
class FailedWorker:
    """A worker that ended because its device failed, the last one at `place`; times are Unix times.

    `place` is the machine, and the device by the number that the system knows it by. `next_try_at` is when the
    supervisor starts it again; None: whatever runs it decides.
    """

    name: str
    place: str
    device: str
    reason: str
    failed_at: float
    next_try_at: float | None = None

    @property
    def is_current(self) -> bool:
        """Whether it is still worth showing: until the next try has had time to report itself."""
        until = self.failed_at + FAILED_SECONDS if self.next_try_at is None else self.next_try_at + WORKER_SEEN_SECONDS
        return time.time() < until


Row = TypeVar("Row", LiveWorker, FailedWorker)


def report_worker(worker: LiveWorker) -> None:
    """Store the report of a worker."""
    connection().hset(WORKERS_KEY, worker.name, json.dumps(asdict(worker)))


def forget_worker(name: str) -> None:
    """Delete the report of a worker, and the orders to it."""
    connection().hdel(WORKERS_KEY, name)
    forget_orders(name)


def live_workers() -> list[LiveWorker]:
    """Return the workers that reported within WORKER_SEEN_SECONDS, by name; deletes older reports.

    Raises:
        redis.RedisError: Redis is away.
    """
    redis = connection()
    alive: list[LiveWorker] = []
    for name, text in redis.hgetall(WORKERS_KEY).items():
        worker = _parse(LiveWorker, text)
        if time.time() - worker.seen_at <= WORKER_SEEN_SECONDS:
            alive.append(worker)
        else:
            redis.hdel(WORKERS_KEY, name)
            forget_orders(worker.name)
    return sorted(alive, key=lambda worker: worker.name)


def report_failed_worker(worker: FailedWorker) -> None:
    """Store why a worker ended; replaces what an earlier one at the same place reported."""
    connection().hset(FAILED_KEY, worker.place, json.dumps(asdict(worker)))


def note_next_try(name: str, at: float) -> None:
    """Record when a failed worker is started again, a Unix time; does nothing for one that did not fail."""
    for worker in failed_workers():
        if worker.name == name:
            report_failed_worker(replace(worker, next_try_at=at))


def forget_failure(place: str) -> None:
    """Delete the failure at `place`: a worker generates there again."""
    connection().hdel(FAILED_KEY, place)


def failed_workers() -> list[FailedWorker]:
    """Return the failures that are worth showing, by place; deletes the others.

    Raises:
        redis.RedisError: Redis is away.
    """
    redis = connection()
    current = []
    for place, text in redis.hgetall(FAILED_KEY).items():
        worker = _parse(FailedWorker, text)
        if worker.is_current:
            current.append(worker)
        else:
            redis.hdel(FAILED_KEY, place)
    return sorted(current, key=lambda worker: worker.place)


def _parse(kind: type[Row], text: bytes | str) -> Row:
    """Return a row; fields that a newer version of the site has written are left out."""
    values: dict[str, Any] = json.loads(text)
    known = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in known})
