"""What a worker holds while it draws a job: the attempt it was given, how far it is, and whether it must stop."""

import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.utils import timezone

from generation.jobs.lifecycle import SEQUENCES_PER_ATTEMPT
from generation.models import Job
from generation.parameters.per_image import image_count
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import Timings


class Stop(Enum):
    """Why a running job must stop at its next step."""

    CANCELLED = "somebody cancelled it"
    LOST = "its lease was given to another attempt"
    HANDED_BACK = "the worker is going down"


class LeaseLost(Exception):
    """Another attempt holds the job; nothing more may be written for it."""


@dataclass(eq=False)
class Lease:
    """One job in hand. The step loop, the preview thread, the finishers and the beating thread share it.

    `waiting` are the indices of images that are neither stored nor called off (None: not known yet), `storing` how
    many of them a finisher has at this moment, `there` how many are stored.
    """

    job: Job
    step: int = 0
    total: int = 0
    stop: Stop | None = None
    failure: tuple[str, str] | None = None
    waiting: set[int] | None = None
    storing: int = 0
    there: int = 0
    drew: int = 0
    drawing: bool = True  # False once no further batch of it will be drawn
    leads: bool = False  # whether it was claimed for itself and not as a companion
    dropped: frozenset[int] = frozenset()
    policy: str | None = None  # what becomes of pictures that a safety checker objects to; None: not looked up
    batch: int = 0  # the one that is drawn, from 0
    batches: int = 1
    batch_seconds: float = 0.0  # accelerator seconds of that batch so far, this job's part
    former_seconds: float = 0.0  # and of the batches before it
    denoise_seconds: float = 0.0  # how many of those went into steps
    timings: Timings = field(default_factory=Timings)
    began: float = field(default_factory=time.monotonic)
    drawn: float = field(default_factory=time.monotonic)  # when its last batch so far was done
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    _first: tuple[float, int] | None = None
    _sequence: int = 0

    def __post_init__(self) -> None:
        """Start above everything that earlier attempts can have sent."""
        self._sequence = max(self.job.sequence, (self.job.attempt - 1) * SEQUENCES_PER_ATTEMPT)
        self.dropped = frozenset(self.job.dropped)

    @property
    def pk(self) -> uuid.UUID:
        """The job's."""
        return self.job.pk

    @property
    def sequence(self) -> int:
        """The last number given out."""
        return self._sequence

    @property
    def age_seconds(self) -> float:
        """Seconds since it was taken."""
        return time.monotonic() - self.began

    @property
    def used_seconds(self) -> float:
        """Accelerator seconds so far; of a shared call this job's part."""
        return self.former_seconds + self.batch_seconds

    def plan(self, stored: Iterable[int]) -> tuple[ResolvedParameters, list[int]]:
        """Return what to draw with, and the indices that are still to be drawn.

        Raises:
            pydantic.ValidationError: the row holds parameters of another version.
        """
        parameters = self.job.resolved()
        kept = set(stored)
        self.there = len(kept)
        missing = [index for index in range(image_count(parameters)) if index not in kept | self.dropped]
        self.waiting = set(missing)
        return parameters, missing

    def next_sequence(self) -> int:
        """Return a number above all before it."""
        with self.lock:
            self._sequence += 1
            return self._sequence

    def remaining_seconds(self, now: float) -> float:
        """Return the seconds that are left at the pace so far, `now` being a monotonic time; call at every step.

        The first step has no pace yet, and what comes before it (loading) says nothing about it: there the
        prediction is all there is.
        """
        if self._first is None:
            self._first = (now, self.step)
            return self.job.predicted_seconds * (1 - self.step / self.total)
        began, first = self._first
        return (now - began) / max(1, self.step - first) * (self.total - self.step)

    def end_batch(self, timings: Timings, *, share: float, seconds: float | None = None) -> None:
        """Close the accounts of a batch of whose images `share` (0 to 1) were this job's.

        It cost this job `seconds` of the accelerator, or what was counted step by step.
        """
        for part, spent in timings.seconds.items():
            self.timings.add(part, spent)
        self.denoise_seconds += timings.seconds.get("denoise", 0.0) * share
        self.former_seconds += self.batch_seconds if seconds is None else seconds
        self.batch_seconds = 0.0
        self.batch += 1
        self.drawn = time.monotonic()

    def draw_again(self, batches: int) -> None:
        """Draw what was to be the present batch in so many smaller ones, 1 or more."""
        self.former_seconds += self.batch_seconds
        self.batch_seconds = 0.0
        self.batches += batches - 1

    def ask_to_stop(self, reason: Stop) -> None:
        """Make the step callback stop the run; the first reason counts, except that a lost lease beats all."""
        if self.stop is None or reason is Stop.LOST:
            self.stop = reason

    def beat(self) -> None:
        """Renew the lease in the row, write how far the job is, and look what people want of it."""
        renew([self])

    def heed(self, row: Mapping[str, Any] | None) -> bool:
        """Take in what the row says (None: it is no longer this attempt's); return whether that changed anything."""
        before = (self.stop, self.dropped)
        if row is None:
            self.ask_to_stop(Stop.LOST)
        else:
            self.dropped = frozenset(row["dropped"])
            if row["cancel_requested_at"] is not None:
                self.ask_to_stop(Stop.CANCELLED)
        return (self.stop, self.dropped) != before


def renew(leases: Iterable[Lease]) -> list[Lease]:
    """Renew leases and write how far their jobs are; return those of which people want something else by now."""
    leases = list(leases)
    now = timezone.now()
    for lease in leases:
        rows = Job.objects.filter(pk=lease.pk, attempt=lease.job.attempt, status=Job.Status.RUNNING)
        rows.update(heartbeat_at=now, step=lease.step, total=lease.total, sequence=lease.sequence)
    return refresh(leases)


def refresh(leases: Iterable[Lease]) -> list[Lease]:
    """Read what people want of the jobs in hand; return the leases for which that changed."""
    held = {lease.pk: lease for lease in leases}
    if not held:
        return []
    rows = Job.objects.filter(pk__in=held, status=Job.Status.RUNNING)
    found = {row["pk"]: row for row in rows.values("pk", "attempt", "cancel_requested_at", "dropped")}
    own = {pk: row for pk, row in found.items() if row["attempt"] == held[pk].job.attempt}
    return [lease for pk, lease in held.items() if lease.heed(own.get(pk))]
