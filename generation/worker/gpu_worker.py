"""Resident RQ worker: one process for each accelerator, without a fork for each job.

CUDA does not survive a fork, and the pipeline must stay loaded. RQ's own liveness check is not used: the lease in the
row of the job decides.
"""

import logging
import os
import time
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from django.conf import settings
from redis import RedisError
from rq.exceptions import StopRequested
from rq.job import Job as Ticket
from rq.queue import Queue
from rq.worker import SimpleWorker, WorkerStatus

from generation.errors import DeviceFailed, GenerationError
from generation.events import publish
from generation.worker import safety
from generation.worker.control import orders, residency
from generation.worker.meaning import MeaningService
from generation.worker.session import WorkerSession, open_session
from sdsite.core import accelerators
from sdsite.core.imports import without_collections

logger = logging.getLogger(__name__)

DRAINED_SECONDS = 0.5  # between two looks of a drained worker at whether it still is
SAME_SIGNAL_SECONDS = 1.0  # a terminal and a supervisor may both deliver one Ctrl-C


class GpuWorker(SimpleWorker):
    """A SimpleWorker that survives outages of Redis and stops in two stages.

    First SIGTERM or SIGINT: finish the current jobs, then stop. Second: put the jobs back at their next step.
    """

    max_connection_wait_time = 2.0
    session: WorkerSession
    _asked_to_stop_at = 0.0

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """Open the session, import the heavy libraries, then work on tickets until asked to stop.

        If the device fails, the process ends with an exit code of `sdsite.core.accelerators`.
        """
        kwargs["logging_level"] = "WARNING"  # tickets say nothing of interest; the runner logs each job
        self.session = open_session(self.name, self.queue_names())
        self.session.on_beat = partial(orders.follow, self.session)
        try:
            self._prepare_device()
            MeaningService(self.session).start()
            self.session.state = "idle"
            return bool(super().work(*args, **kwargs))
        except DeviceFailed as error:
            self.session.leave_device(str(error))
            return False
        finally:
            self.session.end()
            publish.drain()
            if self.session.device_failure:
                _exit(accelerators.FAILED_LATER if self.session.has_generated else accelerators.FAILED_AT_ONCE)

    def _prepare_device(self) -> None:
        os.environ.update(accelerators.allocator(os.environ))  # before torch reads it
        with without_collections():  # nor is anything imported looked at whenever a checkpoint is dropped
            from generation.pipelines import generate, upscaling  # seconds of import: the worker is listed first

        try:
            self.session.device = generate.prepare(
                device=settings.ENV["SDSITE_DEVICE"],
                memory_gb=settings.ENV["SDSITE_MODEL_MEMORY_GB"],
                device_workers=settings.ENV["SDSITE_DEVICE_WORKERS"],
                host_workers=settings.ENV["SDSITE_HOST_WORKERS"],
            )
        except ValueError as error:  # there is no such device
            raise DeviceFailed(str(error)) from error
        self.session.forget_failure()
        self._describe_device()
        residency.note(self.session)
        upscaling.use_tile(settings.ENV["SDSITE_UPSCALE_TILE"])
        with suppress(GenerationError):  # logged; jobs fail with it until the checker can be loaded
            safety.checker()
        named = ", ".join(filter(None, (self.session.device, self.session.hardware)))
        logger.info("worker %s generates on %s", self.name, named)

    def _describe_device(self) -> None:
        """Note in the session, for the admin, what the device is and what is amiss with it; log the latter."""
        from generation.pipelines import generate
        from generation.pipelines.loading import capabilities

        session, wanted = self.session, settings.ENV["SDSITE_DEVICE"]
        session.hardware, notes = generate.describe_hardware()
        machine, build = accelerators.read_machine(), accelerators.torch_build()
        if idle := accelerators.idle_card(wanted, build, machine):
            notes.append(idle)
        elif session.device == "cpu" and wanted in accelerators.AUTO and (machine.nvidia or machine.amd):
            notes.append(
                f"Images are generated on the CPU, since torch reaches no accelerator: {capabilities.problem()}."
            )
        for note in notes:
            logger.warning("%s", note)
        session.notes = notes

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Drain at the first signal, put the jobs back at the second."""
        now = time.monotonic()
        if self.session.draining:
            if now - self._asked_to_stop_at > SAME_SIGNAL_SECONDS:
                self.session.hand_back()
            return
        self._asked_to_stop_at = now
        self.session.draining = True
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested

    def execute_job(self, job: Ticket, queue: Queue) -> None:
        """Run a ticket; if Redis became unreachable meanwhile, only the bookkeeping of the ticket is lost.

        It is the last one if the device failed in it.
        """
        try:
            super().execute_job(job, queue)
        except RedisError as error:
            logger.warning("the end of a ticket was not recorded: %s", error)
        self._stop_requested = self._stop_requested or bool(self.session.device_failure)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Report to RQ that the worker is alive, if Redis can be reached."""
        try:
            super().heartbeat(timeout, pipeline=pipeline)
        except RedisError as error:
            logger.debug("no RQ heartbeat: %s", error)

    def check_for_suspension(self, burst: bool) -> None:
        """Wait while RQ is suspended or the worker is drained; an outage of Redis suspends nothing.

        A drained worker takes no ticket, since another worker would miss it.
        """
        try:
            super().check_for_suspension(burst)
        except RedisError as error:
            logger.warning("Redis does not answer: %s", error)
            time.sleep(1)
        while self.session.drained and not self._stop_requested:
            self.heartbeat()  # of RQ, which would take it for lost
            time.sleep(DRAINED_SECONDS)


def _exit(code: int) -> None:
    """End the process at once: with a device that failed, torch may abort or hang while it is being taken down."""
    logging.shutdown()
    os._exit(code)
