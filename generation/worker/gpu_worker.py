"""The resident RQ worker: one process for each accelerator, no fork for each job.

CUDA does not survive a fork, and the pipeline must stay loaded. RQ's own liveness is not relied on: the lease in the
job row is what counts.
"""

import logging
import time
from contextlib import suppress
from types import FrameType
from typing import Any

from django.conf import settings
from redis import RedisError
from rq.exceptions import StopRequested
from rq.job import Job as Ticket
from rq.queue import Queue
from rq.worker import SimpleWorker, WorkerStatus

from generation.errors import GenerationError
from generation.events import publish
from generation.worker import safety
from generation.worker.session import WorkerSession, open_session

logger = logging.getLogger(__name__)

SAME_SIGNAL_SECONDS = 1.0  # a terminal and a supervisor may both pass on one Ctrl-C


class GpuWorker(SimpleWorker):
    """A SimpleWorker that survives Redis going away, and lets go of its job in an orderly way.

    First SIGTERM or SIGINT: finish the job in hand, then stop. Second: give the job back at its next step.
    """

    max_connection_wait_time = 2.0
    station: WorkerSession
    _asked_to_stop_at = 0.0

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Open the station, load the heavy libraries, then listen for tickets until asked to stop."""
        kwargs["logging_level"] = "WARNING"  # a ticket is no news; the runner logs each job
        self.station = open_session(self.name, self.queue_names())
        try:
            self._prepare_device()
            self.station.state = "idle"
            return bool(super().work(*args, **kwargs))
        finally:
            self.station.end()
            publish.drain()

    def _prepare_device(self) -> None:
        from generation.pipelines import generate, upscaling  # seconds of import: the worker is listed first

        self.station.device = generate.prepare(
            device=settings.ENV["SDSITE_DEVICE"], memory_gb=settings.ENV["SDSITE_MODEL_MEMORY_GB"]
        )
        upscaling.use_tile(settings.ENV["SDSITE_UPSCALE_TILE"])
        with suppress(GenerationError):  # said in the log; jobs fail with it until it is mended
            safety.checker()
        logger.info("worker %s draws on %s", self.name, self.station.device)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Drain at the first signal, hand the job back at the second."""
        now = time.monotonic()
        if self.station.draining:
            if now - self._asked_to_stop_at > SAME_SIGNAL_SECONDS:
                self.station.hand_back()
            return
        self._asked_to_stop_at = now
        self.station.draining = True
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def execute_job(self, job: Ticket, queue: Queue) -> None:
        """Run a ticket; when Redis went away meanwhile only the ticket's own bookkeeping is lost."""
        try:
            super().execute_job(job, queue)
        except RedisError as error:
            logger.warning("a ticket's end was not noted: %s", error)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Tell RQ that the worker lives, if RQ's Redis does."""
        try:
            super().heartbeat(timeout, pipeline=pipeline)
        except RedisError as error:
            logger.debug("no RQ heartbeat: %s", error)

    def check_for_suspension(self, burst: bool) -> None:
        """Wait while RQ is suspended; a Redis that is away suspends nothing."""
        try:
            super().check_for_suspension(burst)
        except RedisError as error:
            logger.warning("Redis does not answer: %s", error)
            time.sleep(1)
