"""Session of a worker process: its state, the leases it holds, and its threads for heartbeat and cancellation."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from redis import RedisError

from generation import redis_client
from generation.jobs import reaper
from generation.models import Job
from generation.models.measured_speed import size_class
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import GeneratedImage
from generation.queue import tickets
from generation.queue.workers import (
    FailedWorker,
    LiveWorker,
    LoadedCheckpoint,
    forget_failure,
    forget_worker,
    report_failed_worker,
    report_worker,
)
from generation.worker.lease import Lease, Stop, refresh, renew
from generation.worker.outcome import conclude
from generation.worker.store_images import store_with_retries
from sdsite.core import accelerators

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0  # a fifth of the lease: four heartbeats may fail before another worker gets the job
STORING_THREADS = 2
MOST_STORING = 32  # images in memory that may wait to be stored while others are generated


class WorkerSession:
    """One worker process: its name, its lanes, the leases it holds, and its threads."""

    def __init__(self, name: str, lanes: Sequence[str]) -> None:
        """Prepare the session; `start` starts the threads."""
        self.name = name
        self.lanes = list(lanes)
        self.state = "starting"
        self.device = ""
        self.hardware = ""  # what the device is, in words
        self.notes: list[str] = []  # what is amiss with it, as sentences
        self.loaded: tuple[str, ...] = ()  # slugs of loaded checkpoints, the one used last at the end
        self.resident: list[LoadedCheckpoint] = []  # the same ones, with what they take
        self.memory = (0, 0)  # free bytes of the device, and all
        self.to_unload: set[str] = set()  # slugs that an administrator has ordered to be dropped
        self.draining = False
        self.drained = False  # by an administrator, who can undo it
        self.device_failure = ""  # why this process cannot use its device any more
        self.has_generated = False
        self.handing_back = False
        self.storing_pool = ThreadPoolExecutor(STORING_THREADS, thread_name_prefix="storing")
        self.on_beat: Callable[[], None] = lambda: None
        self._leases: list[Lease] = []
        self._called: set[tuple[str, str, int, int]] = set()
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._reporting = threading.Lock()

    def start(self) -> None:
        """Start the heartbeat, and listen for cancellations."""
        for target in (self._heartbeat_loop, self._cancellation_loop):
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True).start()

    def has_ended(self, seconds: float = 0.0) -> bool:
        """Wait for the end of the session for at most `seconds`; return whether it has come."""
        return self._ended.wait(seconds)

    def end(self) -> None:
        """Wait until all images are stored, stop the threads, and remove the worker from the list of live workers."""
        self.storing_pool.shutdown(wait=True)
        self._ended.set()
        try:
            if self.device_failure:
                self._report_failure()
            with self._reporting:  # a heartbeat on its way would list it again
                forget_worker(self.name)
        except RedisError as error:
            logger.warning("the worker stays listed for a while: %s", error)

    def take(self, job: Job, *, leads: bool = False) -> Lease:
        """Return a lease of `job`, held until the job has ended; `leads`: it was claimed itself, not as a companion."""
        lease = Lease(job, leads=leads)
        with self._changed:
            self._leases.append(lease)
            self.state = "busy"
        if self.handing_back:  # the signal arrived after the claim
            lease.ask_to_stop(Stop.HANDED_BACK)
        return lease

    @property
    def claims_nothing(self) -> bool:
        """Whether it is ending, or an administrator has ordered it to take no more jobs."""
        return self.draining or self.drained

    def held(self) -> list[Lease]:
        """Return the leases held, in the order of their claims."""
        with self._changed:
            return list(self._leases)

    def note_call(self, image_parameters: ResolvedParameters, images: int) -> bool:
        """Note a pipeline call of `images` images; return whether there was one of its kind before it."""
        size = size_class(image_parameters.width, image_parameters.height)
        kind = (image_parameters.checkpoint, image_parameters.speed_mode, size, images)
        known = kind in self._called
        self._called.add(kind)
        return known

    def finish(self, lease: Lease, resolved: ResolvedParameters, images: Iterable[GeneratedImage]) -> None:
        """Store `images` of a job on other threads; when all its images are stored, the job ends."""
        images = list(images)
        with lease.lock:
            lease.storing += len(images)
        for image in images:
            self.storing_pool.submit(self._finish, lease, resolved, image)

    def _finish(self, lease: Lease, resolved: ResolvedParameters, image: GeneratedImage) -> None:
        store_with_retries(lease, resolved, image, device=self.device)
        self.conclude(lease)
        with self._changed:
            self._changed.notify_all()

    def conclude(self, lease: Lease) -> None:
        """End the job if nothing is left to do for it, and drop its lease."""
        if not conclude(lease):
            return
        with self._changed:
            self._leases.remove(lease)
            if not self._leases:
                self.state = "idle"
            self._changed.notify_all()

    def wait_for_capacity(self) -> None:
        """Wait until fewer than MOST_STORING images wait to be stored."""
        with self._changed:
            self._changed.wait_for(lambda: sum(lease.storing for lease in self._leases) < MOST_STORING)

    def wait_for_storing(self) -> bool:
        """Wait until no lease is held any more; return whether there was one."""
        with self._changed:
            waited = bool(self._leases)
            self._changed.wait_for(lambda: not self._leases)
            return waited

    def hand_back(self) -> None:
        """Ask all jobs to stop at their next step and to go back into the queue."""
        self.handing_back = True
        for lease in list(self._leases):  # no lock: a signal may interrupt this thread while it has it
            lease.ask_to_stop(Stop.HANDED_BACK)

    def forget_failure(self) -> None:
        """Delete what an earlier worker reported of this device: it works."""
        try:
            forget_failure(accelerators.place(settings.ENV["SDSITE_DEVICE"], os.environ))
        except RedisError as error:
            logger.debug("the failure of an earlier worker stays listed: %s", error)

    def _report_failure(self) -> None:
        wanted = settings.ENV["SDSITE_DEVICE"]
        place = accelerators.place(wanted, os.environ)
        report_failed_worker(FailedWorker(self.name, place, self.device or wanted, self.device_failure, time.time()))

    def leave_device(self, reason: str) -> None:
        """Claim nothing more and put the jobs back that are not generated: the device has failed, for `reason`."""
        logger.error("%s failed, so this worker ends: %s", self.device or "the device", reason)
        self.device_failure = reason
        self.draining = True
        for lease in self.held():
            lease.ask_to_stop(Stop.DEVICE_FAILED)

    def _heartbeat_loop(self) -> None:
        # On a thread and not in the step loop: loading a checkpoint may take minutes without a step.
        while not self._ended.wait(BEAT_SECONDS):
            try:
                close_old_connections()
                self._conclude_each(renew(self.held()))
                reaper.reap()
                self.on_beat()
            except DatabaseError as error:
                logger.warning("heartbeat failed: %s", error)
                connection.close()
            except Exception:
                logger.exception("heartbeat failed")
            self._report()
        connection.close()

    def _conclude_each(self, leases: Iterable[Lease]) -> None:
        """Conclude jobs whose rows changed, on the storing threads: the next step may take long."""
        for lease in leases:
            self.storing_pool.submit(self.conclude, lease)

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
            hardware=self.hardware,
            notes=self.notes,
            draining=self.claims_nothing,
            loaded=self.resident,
            memory_free=self.memory[0],
            memory_total=self.memory[1],
        )
        try:
            with self._reporting:
                if not self._ended.is_set():
                    report_worker(report)
        except RedisError as error:
            logger.debug("the worker could not report itself: %s", error)

    def _cancellation_loop(self) -> None:
        while not self._ended.is_set():
            try:
                with redis_client.connection().pubsub(ignore_subscribe_messages=True) as subscription:
                    subscription.subscribe(tickets.CANCEL_CHANNEL)
                    while not self._ended.is_set():
                        message = subscription.get_message(timeout=1.0)
                        if message:
                            self._on_cancellation(message["data"].decode())
            except RedisError as error:
                logger.debug("no cancellation messages, the next heartbeat reads the row: %s", error)
                self._ended.wait(1.0)

    def _on_cancellation(self, job_id: str) -> None:
        """Read the row of a job that is to stop or to drop an image."""
        affected = [lease for lease in self.held() if str(lease.pk) == job_id]
        if not affected:
            return
        try:
            close_old_connections()
            self._conclude_each(refresh(affected))
        except DatabaseError as error:
            logger.debug("a cancellation is left to the next heartbeat: %s", error)
            connection.close()


_session: WorkerSession | None = None


def open_session(name: str, lanes: Sequence[str]) -> WorkerSession:
    """Create and start the session of this process."""
    global _session
    _session = WorkerSession(name, lanes)
    _session.start()
    return _session


def current_session() -> WorkerSession:
    """Return the session of this process; a stock RQ worker, which opened none, gets one for all lanes."""
    return _session or open_session(f"worker-{uuid.uuid4().hex[:8]}", settings.LANES)
