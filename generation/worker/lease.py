"""What a worker holds while it draws a job: the attempt it was given, how far it is, and whether it must stop."""

import threading
from dataclasses import dataclass, field
from enum import Enum

from django.utils import timezone

from generation.jobs.lifecycle import SEQUENCES_PER_ATTEMPT
from generation.models import Job


class Stop(Enum):
    """Why a running job must stop at its next step."""

    CANCELLED = "somebody cancelled it"
    LOST = "its lease was given to another attempt"
    HANDED_BACK = "the worker is going down"


@dataclass
class Lease:
    """One job in hand. The step loop, the preview thread and the beating thread share it."""

    job: Job
    step: int = 0
    total: int = 0
    stop: Stop | None = None
    _first: tuple[float, int] | None = None
    _sequence: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Start above everything that earlier attempts can have sent."""
        self._sequence = max(self.job.sequence, (self.job.attempt - 1) * SEQUENCES_PER_ATTEMPT)

    @property
    def sequence(self) -> int:
        """The last number given out."""
        return self._sequence

    def next_sequence(self) -> int:
        """Return a number above all before it."""
        with self._lock:
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

    def ask_to_stop(self, reason: Stop) -> None:
        """Make the step callback stop the run; the first reason counts, except that a lost lease beats all."""
        if self.stop is None or reason is Stop.LOST:
            self.stop = reason

    def beat(self) -> None:
        """Renew the lease in the row, write how far the job is, and look whether it was cancelled or given away."""
        mine = Job.objects.filter(pk=self.job.pk, attempt=self.job.attempt, status=Job.Status.RUNNING)
        now = timezone.now()
        if not mine.update(heartbeat_at=now, step=self.step, total=self.total, sequence=self.sequence):
            self.ask_to_stop(Stop.LOST)
        elif mine.filter(cancel_requested_at__isnull=False).exists():
            self.ask_to_stop(Stop.CANCELLED)
