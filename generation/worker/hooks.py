"""What a run tells the outside world about one job while it goes on."""

import time

from generation.events.publish import publish, publish_preview
from generation.events.types import JobPreview, JobProgress
from generation.worker import safety
from generation.worker.lease import Lease


class JobHooks:
    """`pipelines.protocol.Hooks` for one job in one batch; every method returns at once."""

    def __init__(self, lease: Lease, *, share: float) -> None:
        """Speak for the lease's present batch, of whose images `share` (0 to 1) are the job's."""
        self.lease = lease
        self.batch = lease.batch
        self.share = share
        self.owner_id = lease.job.owner_id
        self.job_id = str(lease.pk)
        self._first_at: float | None = None

    def on_progress(self, step: int, total: int) -> None:
        """Tell that `step` of `total` callbacks of this batch is done; the job counts over all its batches."""
        lease, now = self.lease, time.monotonic()
        lease.step, lease.total = self.batch * total + step, lease.batches * total
        if self._first_at is None:
            self._first_at = now
        elif step > 1:  # as if the first step, whose beginning nobody noted, took as long as the others
            lease.batch_seconds = (now - self._first_at) / (step - 1) * step * self.share
        eta = round(lease.remaining_seconds(now), 1)
        event = JobProgress(self.job_id, lease.next_sequence(), lease.step, lease.total, eta)
        publish(self.owner_id, event, hint=True)

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Show image `index` as it looks after `step` callbacks of its batch."""
        shown = safety.blur_preview(self.lease, jpeg)
        publish_preview(self.owner_id, JobPreview(self.job_id, self.lease.next_sequence(), index, step), shown)

    def is_cancelled(self) -> bool:
        """Tell whether the run must stop now."""
        return self.lease.stop is not None or self.lease.failure is not None

    def is_dropped(self, index: int) -> bool:
        """Tell whether image `index` was called off."""
        return index in self.lease.dropped
