"""The worker's own state and its threads beside the loop: heartbeat, calls of people, storing."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from redis import RedisError

from generation import redis_client
from generation.jobs import reaper
from generation.models import Job
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import GeneratedImage
from generation.queue import tickets
from generation.queue.workers import LiveWorker, forget_worker, report_worker
from generation.worker.lease import Lease, Stop, refresh, renew
from generation.worker.outcome import conclude
from generation.worker.store_images import store_with_retries

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0  # a fifth of the lease: four beats may fail before the job is given away
FINISHERS = 2
MOST_STORING = 32  # images that may be on their way to the wall while others are drawn; they all lie in memory


class WorkerSession:
    """One worker process: its name, its lanes, the jobs in hand, and who watches over them."""

    def __init__(self, name: str, lanes: Sequence[str]) -> None:
        """Prepare; `start` begins the threads."""
        self.name = name
        self.lanes = list(lanes)
        self.state = "starting"
        self.device = ""
        self.loaded: tuple[str, ...] = ()  # slugs of checkpoints, the one used last at the end
        self.draining = False
        self.giving_back = False
        self.finishers = ThreadPoolExecutor(FINISHERS, thread_name_prefix="finisher")
        self._leases: list[Lease] = []
        self._changed = threading.Condition()
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin to beat and to listen for cancel calls."""
        for target in (self._beat_for_ever, self._listen_for_ever):
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True).start()

    def end(self) -> None:
        """Wait for what is being stored, stop the threads, and leave the board."""
        self.finishers.shutdown(wait=True)
        self._ended.set()
        try:
            forget_worker(self.name)
        except RedisError as error:
            logger.warning("the worker stays on the board for a while: %s", error)

    def take(self, job: Job, *, leads: bool = False) -> Lease:
        """Hold `job` from now on, until it has ended; `leads`: it was claimed for itself and not beside another."""
        lease = Lease(job, leads=leads)
        with self._changed:
            self._leases.append(lease)
            self.state = "busy"
        if self.giving_back:  # the signal came between the claim and now
            lease.ask_to_stop(Stop.HANDED_BACK)
        return lease

    def held(self) -> list[Lease]:
        """Return what is in hand, in the order in which it was taken."""
        with self._changed:
            return list(self._leases)

    def finish(self, lease: Lease, parameters: ResolvedParameters, images: Iterable[GeneratedImage]) -> None:
        """Store `images` of a job beside the loop; when they are all there, the job ends."""
        images = list(images)
        with lease.lock:
            lease.storing += len(images)
        for image in images:
            self.finishers.submit(self._finish, lease, parameters, image)

    def _finish(self, lease: Lease, parameters: ResolvedParameters, image: GeneratedImage) -> None:
        store_with_retries(lease, parameters, image, device=self.device)
        self.conclude(lease)
        with self._changed:
            self._changed.notify_all()

    def conclude(self, lease: Lease) -> None:
        """End the job in hand if there is nothing left to do for it, and let go of it."""
        if not conclude(lease):
            return
        with self._changed:
            self._leases.remove(lease)
            if not self._leases:
                self.state = "idle"
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Wait until the finishers are not too far behind to draw more."""
        with self._changed:
            self._changed.wait_for(lambda: sum(lease.storing for lease in self._leases) < MOST_STORING)

    def wait_for_storing(self) -> bool:
        """Wait until every job in hand has ended; return whether there was one."""
        with self._changed:
            waited = bool(self._leases)
            self._changed.wait_for(lambda: not self._leases)
            return waited

    def hand_back(self) -> None:
        """Ask the jobs in hand to stop at their next step and to go back into the queue."""
        self.giving_back = True
        for lease in list(self._leases):  # no lock: a signal may come while this thread has it
            lease.ask_to_stop(Stop.HANDED_BACK)

    def _beat_for_ever(self) -> None:
        # On a thread and not in the step loop: loading a checkpoint takes minutes without a single step.
        while not self._ended.wait(BEAT_SECONDS):
            try:
                close_old_connections()
                self._heed(renew(self.held()))
                reaper.reap()
            except DatabaseError as error:
                logger.warning("heartbeat failed: %s", error)
                connection.close()
            except Exception:
                logger.exception("heartbeat failed")
            self._report()
        connection.close()

    def _heed(self, leases: Iterable[Lease]) -> None:
        """See whether what people or the row want now is the end of a job; its rows may wait for nobody's step."""
        for lease in leases:
            self.finishers.submit(self.conclude, lease)

    def _report(self) -> None:
        held = self.held()
        report = LiveWorker(
            name=self.name,
            lanes=self.lanes,
            state=self.state,
            current_job_id=str(held[0].pk) if held else None,
            device=self.device,
            checkpoint=self.loaded[-1] if self.loaded else None,
            pid=os.getpid(),
            seen_at=time.time(),
        )
        try:
            report_worker(report)
        except RedisError as error:
            logger.debug("not on the board: %s", error)

    def _listen_for_ever(self) -> None:
        while not self._ended.is_set():
            try:
                with redis_client.connection().pubsub(ignore_subscribe_messages=True) as calls:
                    calls.subscribe(tickets.CANCEL_CHANNEL)
                    while not self._ended.is_set():
                        message = calls.get_message(timeout=1.0)
                        if message:
                            self._hear(message["data"].decode())
            except RedisError as error:
                logger.debug("cancel calls are not heard, the row tells: %s", error)
                self._ended.wait(1.0)

    def _hear(self, job_id: str) -> None:
        """Look into the row of a job of which somebody wants something else."""
        called = [lease for lease in self.held() if str(lease.pk) == job_id]
        if not called:
            return
        try:
            close_old_connections()
            self._heed(refresh(called))
        except DatabaseError as error:
            logger.debug("a call is left to the next heartbeat: %s", error)
            connection.close()


_station: WorkerSession | None = None


def open_session(name: str, lanes: Sequence[str]) -> WorkerSession:
    """Make this process's station and start it."""
    global _station
    _station = WorkerSession(name, lanes)
    _station.start()
    return _station


def current_session() -> WorkerSession:
    """Return this process's station; one for every lane where nobody opened one (a stock RQ worker)."""
    return _station or open_session(f"worker-{uuid.uuid4().hex[:8]}", settings.LANES)
