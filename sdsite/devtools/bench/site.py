"""Temporary site of a measurement: the real parts, a folder of its own, a free port."""

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from redis import RedisError

from generation.checkpoints import starter
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue.workers import live_workers
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.server import bootstrap
from sdsite.server.processes import Maintenance, queue_parts, web_part, worker_part
from sdsite.server.site import is_ready
from sdsite.server.supervisor import Part, Supervisor

HOST = "127.0.0.1"
START_SECONDS = 120.0
JOB_SECONDS = 600.0
POLL_SECONDS = 0.1

Found = TypeVar("Found")


class BenchFailed(Exception):
    """The measurement could not be made; the message says why."""


class BenchSite:
    """Context manager that runs queue, worker and, with `web`, web process of a site in a temporary folder."""

    def __init__(
        self, *, web: bool = False, worker_class: str | None = None, workers: Sequence[Part] | None = None
    ) -> None:
        """Prepare the parts; `worker_class` replaces the worker's class, `workers` the one worker for all lanes."""
        self.port = _free_port()
        self._web = web
        worker = worker_part(1, Maintenance())
        if worker_class is not None:
            plain = worker.command
            worker = replace(worker, command=lambda identity: [*plain(identity), "--worker-class", worker_class])
        self._workers = [worker] if workers is None else list(workers)
        parts = [*queue_parts(), *([web_part(HOST, self.port)] if web else []), *self._workers]
        self.supervisor = Supervisor([replace(part, shown=False) for part in parts])

    def __enter__(self) -> Self:
        """Start everything and wait until the worker is idle."""
        bootstrap.migrate()
        starter.offer()
        bootstrap.first_administrator()
        self.owner = User.objects.get(username=bootstrap.ADMINISTRATOR)
        self._signals = self.supervisor.handling_signals()
        self._signals.__enter__()
        try:
            if not self.supervisor.start():
                raise BenchFailed("The temporary site did not start; the lines above say why.")
            self.until(self._is_ready, "the temporary site to be ready", START_SECONDS)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self.supervisor.stop()
        self._signals.__exit__(kind, error, trace)

    def _is_ready(self) -> bool:
        try:
            idle = sum(worker.state == "idle" for worker in live_workers())
        except RedisError:
            return False
        return idle >= len(self._workers) and (not self._web or is_ready(HOST, self.port))

    def until(self, question: Callable[[], Found], what: str, seconds: float) -> Found:
        """Keep the site running until `question()` returns a true value, and return that.

        Raises:
            BenchFailed: it did not within `seconds`, a part keeps dying, or a stop was requested.
        """
        deadline = time.monotonic() + seconds
        while not (answer := question()):
            self.supervisor.step(POLL_SECONDS)
            if self.supervisor.stop_requests:
                raise BenchFailed("Interrupted.")
            if self.supervisor.failing() or time.monotonic() > deadline:
                raise BenchFailed(f"Timed out waiting for {what}.")
        return answer

    def generate(self, requested: GenerationParameters) -> Job:
        """Submit `requested` and return the job once it has succeeded.

        Raises:
            BenchFailed: it ended otherwise.
        """
        job = submit_job(credentials=Credentials(self.owner), parameters=requested, source=Job.Source.COMMAND)

        def finished() -> bool:
            job.refresh_from_db()
            return job.is_finished

        self.until(finished, "a job to end", JOB_SECONDS)
        if job.status != Job.Status.SUCCEEDED:
            raise BenchFailed(f"A job ended as {job.status}: {json.dumps(job.error_message)}")
        return job


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
