"""List of live workers, kept in Redis."""

import json
import time
from dataclasses import asdict, dataclass

from generation.redis_client import connection

WORKERS_KEY = "sdsite:workers"
WORKER_SEEN_SECONDS = 10.0


@dataclass(frozen=True)
class LiveWorker:
    """A worker that reported within the last WORKER_SEEN_SECONDS; `seen_at` is a Unix time."""

    name: str
    lanes: list[str]
    state: str
    current_job_id: str | None
    device: str
    checkpoint: str | None
    pid: int
    seen_at: float


def report_worker(worker: LiveWorker) -> None:
    """Store the report of a worker."""
    connection().hset(WORKERS_KEY, worker.name, json.dumps(asdict(worker)))


def forget_worker(name: str) -> None:
    """Delete the report of a worker."""
    connection().hdel(WORKERS_KEY, name)


def live_workers() -> list[LiveWorker]:
    """Return the workers that reported within WORKER_SEEN_SECONDS, by name; deletes older reports.

    Raises:
        redis.RedisError: Redis is away.
    """
    redis = connection()
    alive: list[LiveWorker] = []
    for name, text in redis.hgetall(WORKERS_KEY).items():
        worker = LiveWorker(**json.loads(text))
        if time.time() - worker.seen_at <= WORKER_SEEN_SECONDS:
            alive.append(worker)
        else:
            redis.hdel(WORKERS_KEY, name)
    return sorted(alive, key=lambda worker: worker.name)
