"""Reaper: requeue the jobs of lost workers, and wake workers for queued jobs without a ticket.

Any process may run it at any time: every change is one conditional UPDATE.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from generation.jobs.lifecycle import SEQUENCES_PER_ATTEMPT, move
from generation.models import Job
from generation.models.job import MAX_ATTEMPTS
from generation.queue import tickets
from sdsite.core.disk_space import is_exhausted

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=5)
WRITE_SECONDS = 0.5  # a write that waited longer than this was blocked by another writer


_blind_until = 0.0  # monotonic seconds; until then an old heartbeat does not mean a lost worker
_failed = False  # whether the database failed and was not written since


def reap(now: datetime | None = None) -> int:
    """Requeue every running job whose lease is stale, and wake idle lanes; return how many were requeued.

    For the length of a lease after the database was unavailable, or writers had to wait, nothing is requeued: live
    workers could not write their heartbeats meanwhile.

    Raises:
        django.db.OperationalError, django.db.InterfaceError: the database is unavailable.
    """
    global _blind_until, _failed
    limit = (now or timezone.now()) - LEASE
    try:
        stale = list(Job.objects.running().filter(heartbeat_at__lt=limit))
        if stale and (is_exhausted() or _write_waits(stale[0]) or _failed):
            _failed = False
            _blind_until = time.monotonic() + LEASE.total_seconds()
        taken = 0 if time.monotonic() < _blind_until else sum(_reap_job(job) for job in stale)
    except (OperationalError, InterfaceError):
        _failed, _blind_until = True, time.monotonic() + LEASE.total_seconds()
        raise
    tickets.wake_idle_lanes()
    return taken


def _write_waits(job: Job) -> bool:
    """Write a row without changing it, and return whether that had to wait, as it does for SQLite's write lock.

    Raises:
        django.db.OperationalError: it cannot be written, because the disk is full for example.
    """
    began = time.monotonic()
    with transaction.atomic():  # IMMEDIATE: this is where it waits
        Job.objects.filter(pk=job.pk, attempt=job.attempt).update(losses=F("losses"))
        return time.monotonic() - began > WRITE_SECONDS


def release_worker(name: str) -> int:
    """Requeue the jobs of a worker that is known to be dead, without waiting for the lease to end."""
    return sum(_reap_job(job) for job in Job.objects.running().filter(worker=name))


def hand_back(job: Job, *, sequence: int = 0, **fields: Any) -> bool:
    """Requeue a job that its worker gives up on purpose, and set `fields`; this does not count as a lost attempt."""
    # The attempt number still grows, because it is also the fence; MAX_ATTEMPTS counts losses.
    return _requeue(job, losses=job.losses, sequence=sequence, **fields)


def _reap_job(job: Job) -> int:
    used = job.used_seconds + _lost_seconds(job)
    if job.cancel_requested_at is not None:
        return int(move(job.pk, Job.Status.CANCELLED, held=job.attempt, used_seconds=used))
    losses = job.losses + 1
    logger.warning("job %s: worker %s was lost in attempt %d", job.pk, job.worker, job.attempt)
    if losses >= MAX_ATTEMPTS:
        message = f"The worker died {losses} times during this job. Try fewer images, fewer steps or a smaller size."
        failed: dict[str, Any] = {"error_code": "worker_lost", "error_message": message, "losses": losses}
        return int(move(job.pk, Job.Status.FAILED, held=job.attempt, used_seconds=used, **failed))
    return int(_requeue(job, losses=losses, used_seconds=used))


def _lost_seconds(job: Job) -> float:
    """Return the seconds for which a lost worker held the job: until the lease ended, or now where that is earlier.

    They count as used: a job that makes workers lose their leases would cost its owner nothing otherwise.
    """
    if job.started_at is None or job.heartbeat_at is None:
        return 0.0
    return max(0.0, (min(timezone.now(), job.heartbeat_at + LEASE) - job.started_at).total_seconds())


def _requeue(job: Job, *, losses: int, sequence: int = 0, **more: Any) -> bool:
    """Requeue the job at its old place, with a new attempt number and a new range of sequence numbers."""
    fields: dict[str, Any] = {
        "attempt": job.attempt + 1,
        "losses": losses,
        "worker": "",
        "heartbeat_at": None,
        "started_at": None,
        "step": 0,
        **more,
    }
    floor = max(sequence, job.attempt * SEQUENCES_PER_ATTEMPT)
    moved = move(job.pk, Job.Status.QUEUED, held=job.attempt, sequence=floor, **fields)
    if moved:
        tickets.wake(job.lane)
    return moved
