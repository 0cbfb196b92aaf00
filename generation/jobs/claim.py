"""Which job runs next: of the waiting person whose turn it is, the oldest, in the first lane that has one.

Claiming is one conditional UPDATE, so two workers never get the same job.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from generation.jobs import fairness
from generation.jobs.lifecycle import move
from generation.models import Job

TRIES = 20  # how often another worker may snatch the candidate away before this one gives up until the next ticket


def claim(*, worker: str, lanes: Sequence[str], loaded: Collection[str] = ()) -> Job | None:
    """Take the next job for `worker` and return it, RUNNING and leased; None when nothing waits.

    Lanes are looked at in order; `loaded` are the slugs of the checkpoints that the worker has in memory. PostgreSQL
    skips rows that another worker is taking at this moment.
    """
    for lane in lanes:
        for _ in range(TRIES):
            with transaction.atomic():
                job = _candidate(lane)
                if job is None:
                    break
                now = timezone.now()
                leased: dict[str, Any] = {
                    "worker": worker,
                    "heartbeat_at": now,
                    "started_at": now,
                    "step": 0,
                    "total": 0,
                }
                if move(job.pk, Job.Status.RUNNING, held=job.attempt, **leased):
                    return Job.objects.select_related("checkpoint", "owner").get(pk=job.pk)
    return None


def _candidate(lane: str) -> Job | None:
    waiting = Job.objects.queued().filter(lane=lane)
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True, of=("self",))
    for share in fairness.next_owners(lane)[:TRIES]:
        job = waiting.filter(owner_id=share.owner_id).first()
        if job is not None:
            return job
    # Rows that came past the counter have no share, and must not wait for ever.
    return waiting.filter(owner__share=None).first()
