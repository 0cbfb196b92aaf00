"""What a run tells the outside world while it goes on."""

import time

from generation.realtime.events import JobPreview, JobProgress
from generation.realtime.publish import publish, publish_preview
from generation.worker.lease import Lease


class JobHooks:
    """`pipelines.protocol.Hooks` for one batch of a job; every method returns at once."""

    def __init__(self, lease: Lease, *, batch: int, batches: int) -> None:
        """Speak for batch number `batch` (0-based) of `batches` that this attempt runs."""
        self.lease = lease
        self.batch = batch
        self.batches = batches
        self.owner_id = lease.job.owner_id
        self.job_id = str(lease.job.pk)

    def on_progress(self, step: int, total: int) -> None:
        """Tell that `step` of `total` callbacks of this batch is done; the job counts over all its batches."""
        lease = self.lease
        lease.step, lease.total = self.batch * total + step, self.batches * total
        eta = round(lease.remaining_seconds(time.monotonic()), 1)
        event = JobProgress(self.job_id, lease.next_sequence(), lease.step, lease.total, eta)
        publish(self.owner_id, event, hint=True)

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Show image `index` as it looks after `step` callbacks of its batch."""
        publish_preview(self.owner_id, JobPreview(self.job_id, self.lease.next_sequence(), index, step), jpeg)

    def is_cancelled(self) -> bool:
        """Tell whether the run must stop now."""
        return self.lease.stop is not None
