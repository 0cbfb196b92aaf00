"""The worker's own state and its threads beside the loop: heartbeat, cancel calls, storing."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from redis import RedisError

from generation.jobs import queue, reaper
from generation.models import Job
from generation.worker.lease import Lease, Stop

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0  # a fifth of the lease: four beats may fail before the job is given away
FINISHERS = 2


class Station:
    """One worker process: its name, its lanes, the job in hand, and who watches over it."""

    def __init__(self, name: str, lanes: Sequence[str]) -> None:
        """Prepare; `start` begins the threads."""
        self.name = name
        self.lanes = list(lanes)
        self.state = "starting"
        self.device = ""
        self.checkpoint: str | None = None
        self.draining = False
        self.giving_back = False
        self.lease: Lease | None = None
        self.finishers = ThreadPoolExecutor(FINISHERS, thread_name_prefix="finisher")
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin to beat and to listen for cancel calls."""
        for target in (self._beat_for_ever, self._listen_for_ever):
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True).start()

    def end(self) -> None:
        """Stop the threads, wait for what is being stored, and leave the board."""
        self._ended.set()
        self.finishers.shutdown(wait=True)
        try:
            queue.forget_worker(self.name)
        except RedisError as error:
            logger.warning("the worker stays on the board for a while: %s", error)

    def take(self, job: Job) -> Lease:
        """Hold `job` from now on."""
        self.lease = Lease(job)
        self.state = "busy"
        if self.giving_back:  # the signal came between the claim and now
            self.lease.ask_to_stop(Stop.HANDED_BACK)
        return self.lease

    def release(self) -> None:
        """Hold nothing."""
        self.lease = None
        self.state = "idle"

    def hand_back(self) -> None:
        """Ask the job in hand to stop at its next step and to go back into the queue."""
        self.giving_back = True
        if self.lease is not None:
            self.lease.ask_to_stop(Stop.HANDED_BACK)

    def _beat_for_ever(self) -> None:
        # On a thread and not in the step loop: loading a checkpoint takes minutes without a single step.
        while not self._ended.wait(BEAT_SECONDS):
            lease = self.lease
            try:
                close_old_connections()
                if lease is not None:
                    lease.beat()
                reaper.reap()
            except DatabaseError as error:
                logger.warning("heartbeat failed: %s", error)
                connection.close()
            except Exception:
                logger.exception("heartbeat failed")
            self._report()
        connection.close()

    def _report(self) -> None:
        lease = self.lease
        report = queue.LiveWorker(
            name=self.name,
            lanes=self.lanes,
            state=self.state,
            current_job_id=str(lease.job.pk) if lease else None,
            device=self.device,
            checkpoint=self.checkpoint,
            pid=os.getpid(),
            seen_at=time.time(),
        )
        try:
            queue.report_worker(report)
        except RedisError as error:
            logger.debug("not on the board: %s", error)

    def _listen_for_ever(self) -> None:
        while not self._ended.is_set():
            try:
                with queue.connection().pubsub(ignore_subscribe_messages=True) as calls:
                    calls.subscribe(queue.CANCEL_CHANNEL)
                    while not self._ended.is_set():
                        message = calls.get_message(timeout=1.0)
                        if message:
                            self._hear(message["data"].decode())
            except RedisError as error:
                logger.debug("cancel calls are not heard, the row tells: %s", error)
                self._ended.wait(1.0)

    def _hear(self, job_id: str) -> None:
        lease = self.lease
        if lease is not None and str(lease.job.pk) == job_id:
            lease.ask_to_stop(Stop.CANCELLED)


_station: Station | None = None


def open_station(name: str, lanes: Sequence[str]) -> Station:
    """Make this process's station and start it."""
    global _station
    _station = Station(name, lanes)
    _station.start()
    return _station


def station() -> Station:
    """Return this process's station; one for every lane where nobody opened one (a stock RQ worker)."""
    return _station or open_station(f"worker-{uuid.uuid4().hex[:8]}", settings.LANES)
