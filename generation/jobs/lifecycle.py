"""State machine of jobs: a table of moves and one conditional UPDATE."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from generation.jobs import notifications
from generation.models import Job
from generation.queue import fairness
from generation.webhooks import outbox

MOVES: dict[str, tuple[str, ...]] = {
    Job.Status.QUEUED: (Job.Status.RUNNING, Job.Status.CANCELLED),
    Job.Status.RUNNING: (Job.Status.SUCCEEDED, Job.Status.FAILED, Job.Status.CANCELLED, Job.Status.QUEUED),
}
# A job that goes back into the queue starts a new range of sequence numbers, above those of the lost worker.
SEQUENCES_PER_ATTEMPT = 1_000_000


def move(
    job_id: uuid.UUID,
    to: str,
    *,
    sources: tuple[str, ...] | None = None,
    held: int | None = None,
    sequence: int = 0,
    **fields: Any,
) -> bool:
    """Move a job to state `to` if its current state allows; return whether this call did it.

    Args:
        job_id: The job.
        to: One of `Job.Status`.
        sources: Move only from these states; by default from all that the table allows.
        held: Fencing: the row moves only while it is still this attempt.
        sequence: The last sequence number that the caller sent for the job; the row gets a higher one.
        **fields: Columns to set in the same UPDATE.

    The event is published on commit, only by the call that moved the row; its failures are logged. Webhook deliveries
    are stored in the same transaction.
    """
    allowed = [state for state, targets in MOVES.items() if to in targets]
    states = allowed if sources is None else [state for state in allowed if state in sources]
    rows = Job.objects.filter(pk=job_id, status__in=states)
    if held is not None:
        rows = rows.filter(attempt=held)
    if to not in Job.UNFINISHED:
        fields.setdefault("finished_at", timezone.now())
    with transaction.atomic():
        moved = rows.update(status=to, sequence=Greatest(F("sequence") + 1, sequence + 1), **fields)
        if moved:
            fairness.settle(job_id, to)
            outbox.note_move(job_id)
            transaction.on_commit(lambda: notifications.job_moved(job_id), robust=True)
    return bool(moved)


def owns(job_id: uuid.UUID, attempt: int) -> bool:
    """Return whether `attempt` still holds the running job; locks the row where the database can.

    Call inside a transaction, before a write that only the holder of the lease may do.
    """
    rows = Job.objects.select_for_update().filter(pk=job_id, attempt=attempt, status=Job.Status.RUNNING)
    return rows.values_list("pk", flat=True).first() is not None


def may_store(job_id: uuid.UUID, attempt: int, index: int) -> bool:
    """Return whether `attempt` still holds the running job and image `index` was not dropped; locks as `owns` does."""
    rows = Job.objects.select_for_update().filter(pk=job_id, attempt=attempt, status=Job.Status.RUNNING)
    dropped = rows.values_list("dropped", flat=True).first()
    return dropped is not None and index not in dropped
