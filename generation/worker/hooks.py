"""Hooks of a pipeline call: progress and previews of one job, and its cancellation."""

import time

from generation.events.publish import publish, publish_preview
from generation.events.types import JobPreview, JobProgress
from generation.worker import safety
from generation.worker.lease import Lease


class JobHooks:
    """`pipelines.protocol.Hooks` for one job in one batch; no method blocks."""

    def __init__(self, lease: Lease, *, share: float) -> None:
        """Report on the current batch of `lease`; `share` (0 to 1) is the job's fraction of its images."""
        self.lease = lease
        self.batch = lease.batch
        self.share = share
        self.owner_id = lease.job.owner_id
        self.job_id = str(lease.pk)
        self._first_at: float | None = None

    def on_progress(self, step: int, total: int) -> None:
        """Publish that callback `step` of `total` of this batch is done; the job counts over all its batches."""
        lease, now = self.lease, time.monotonic()
        lease.step, lease.total = self.batch * total + step, lease.batches * total
        if self._first_at is None:
            self._first_at = now
        elif step > 1:  # the start of the first step is not known; it is taken to last as long as the others
            lease.batch_seconds = (now - self._first_at) / (step - 1) * step * self.share
        eta = round(lease.remaining_seconds(now), 1)
        event = JobProgress(self.job_id, lease.next_sequence(), lease.step, lease.total, eta)
        publish(self.owner_id, event, hint=True)

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Publish the preview of image `index` after `step` callbacks of its batch."""
        visible = safety.blur_preview(self.lease, jpeg)
        publish_preview(self.owner_id, JobPreview(self.job_id, self.lease.next_sequence(), index, step), visible)

    def on_kept_step(self, index: int, step: int, jpeg: bytes) -> None:
        """Remember a preview until image `index` is stored; a run that is repeated makes the same ones again."""
        self.lease.kept_steps.setdefault(index, {})[step] = jpeg

    def is_cancelled(self) -> bool:
        """Tell whether the run must stop now."""
        return self.lease.stop is not None or self.lease.failure is not None

    def is_dropped(self, index: int) -> bool:
        """Tell whether image `index` was dropped."""
        return index in self.lease.dropped
