"""Lease of a running job: the attempt, its progress, and whether it must stop."""

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
from generation.queue.speeds import Call


class Stop(Enum):
    """Why a running job must stop at its next step."""

    CANCELLED = "cancelled"
    LOST = "its lease went to another attempt"
    HANDED_BACK = "put back, the worker is stopping"
    DEVICE_FAILED = "put back, the device of the worker failed"


class LeaseLost(Exception):
    """Another attempt holds the job; nothing more may be written for it."""


@dataclass(eq=False)
class Lease:
    """One job of this worker, shared by the step loop, the preview thread, the storing threads and the heartbeat.

    `missing` are the indices of images that are neither stored nor dropped (None: not known yet), `storing` is how many
    of them are being stored at this moment, `stored` how many are stored, `generated` how many of those by this lease.
    """

    job: Job
    step: int = 0
    total: int = 0
    stop: Stop | None = None
    failure: tuple[str, str] | None = None
    device_failure: str = ""  # how the device failed in a pipeline call of this job
    missing: set[int] | None = None
    storing: int = 0
    stored: int = 0
    generated: int = 0
    generating: bool = True  # False once no further batch of it will be generated
    leads: bool = False  # whether it was claimed itself and not as a companion
    dropped: frozenset[int] = frozenset()
    kept_steps: dict[int, dict[int, bytes]] = field(default_factory=dict)  # index -> step -> preview, until stored
    policy: str | None = None  # what happens to images that the safety checker flags; None: not looked up
    by_prompt: str = ""  # what rules decided for all its images because of the prompts: "", "blur" or "quarantine"
    veiled: bool = True  # whether previews are, because a rule or the policy may keep the images from the owner
    batch: int = 0  # number of the current batch, from 0
    batches: int = 1
    batch_seconds: float = 0.0  # GPU time of the current batch so far, this job's part
    earlier_seconds: float = 0.0  # GPU time of the batches before it
    calls: list[Call] = field(default_factory=list)  # measured pipeline calls, learned from when the job succeeds
    timings: Timings = field(default_factory=Timings)
    began: float = field(default_factory=time.monotonic)
    generated_at: float = field(default_factory=time.monotonic)  # when its last batch so far ended
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    _first: tuple[float, int] | None = None
    _sequence: int = 0

    def __post_init__(self) -> None:
        """Start with a sequence number above all that earlier attempts can have sent."""
        self._sequence = max(self.job.sequence, (self.job.attempt - 1) * SEQUENCES_PER_ATTEMPT)
        self.dropped = frozenset(self.job.dropped)

    @property
    def pk(self) -> uuid.UUID:
        """Id of the job."""
        return self.job.pk

    @property
    def sequence(self) -> int:
        """The sequence number used last."""
        return self._sequence

    @property
    def age_seconds(self) -> float:
        """Seconds since the job was claimed."""
        return time.monotonic() - self.began

    @property
    def used_seconds(self) -> float:
        """GPU time so far in seconds; of a shared call this job's part."""
        return self.earlier_seconds + self.batch_seconds

    def plan(self, stored: Iterable[int]) -> tuple[ResolvedParameters, list[int]]:
        """Return the job's parameters, and the indices of its images that are neither in `stored` nor dropped.

        Raises:
            pydantic.ValidationError: the row has parameters of another version.
        """
        resolved = self.job.resolved()
        present = set(stored)
        self.stored = len(present)
        missing = [index for index in range(image_count(resolved)) if index not in present | self.dropped]
        self.missing = set(missing)
        return resolved, missing

    def next_sequence(self) -> int:
        """Return the next sequence number."""
        with self.lock:
            self._sequence += 1
            return self._sequence

    def remaining_seconds(self, now: float) -> float:
        """Return the seconds that are left at the pace so far, `now` being a monotonic time; call it at every step.

        At the first step there is no pace yet, and the time before it (loading) is no measure of it, so the prediction
        is used.
        """
        if self._first is None:
            self._first = (now, self.step)
            return self.job.predicted_seconds * (1 - self.step / self.total)
        began, first = self._first
        return (now - began) / max(1, self.step - first) * (self.total - self.step)

    def end_batch(self, timings: Timings, *, seconds: float | None = None) -> None:
        """Record that a finished batch cost this job `seconds` of GPU time; None: what was counted step by step."""
        for part, spent in timings.seconds.items():
            self.timings.add(part, spent)
        self.earlier_seconds += self.batch_seconds if seconds is None else seconds
        self.batch_seconds = 0.0
        self.batch += 1
        self.generated_at = time.monotonic()

    def split_batch(self, batches: int) -> None:
        """Count `batches` smaller batches, 1 or more, in place of the current one."""
        self.earlier_seconds += self.batch_seconds
        self.batch_seconds = 0.0
        self.batches += batches - 1

    def ask_to_stop(self, reason: Stop) -> None:
        """Make the step callback stop the job; the first reason counts, except that a lost lease overrides all."""
        if self.stop is None or reason is Stop.LOST:
            self.stop = reason

    def apply_row(self, row: Mapping[str, Any] | None) -> bool:
        """Apply requests in the row (None: another attempt has it); return whether that changed anything."""
        before = (self.stop, self.dropped)
        if row is None:
            self.ask_to_stop(Stop.LOST)
        else:
            self.dropped = frozenset(row["dropped"])
            if row["cancel_requested_at"] is not None:
                self.ask_to_stop(Stop.CANCELLED)
        return (self.stop, self.dropped) != before


def renew(leases: Iterable[Lease]) -> list[Lease]:
    """Renew leases and write the progress of their jobs; return those whose rows have new requests."""
    leases = list(leases)
    now = timezone.now()
    for lease in leases:
        rows = Job.objects.filter(pk=lease.pk, attempt=lease.job.attempt, status=Job.Status.RUNNING)
        rows.update(heartbeat_at=now, step=lease.step, total=lease.total, sequence=lease.sequence)
    return refresh(leases)


def refresh(leases: Iterable[Lease]) -> list[Lease]:
    """Read from the rows which jobs are to stop and which images are dropped; return the leases that changed."""
    held = {lease.pk: lease for lease in leases}
    if not held:
        return []
    rows = Job.objects.filter(pk__in=held, status=Job.Status.RUNNING)
    found = {row["pk"]: row for row in rows.values("pk", "attempt", "cancel_requested_at", "dropped")}
    own = {pk: row for pk, row in found.items() if row["attempt"] == held[pk].job.attempt}
    return [lease for pk, lease in held.items() if lease.apply_row(own.get(pk))]
