"""One's own order: which of a person's waiting jobs comes first when it is their turn."""

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.http import Http404

from generation.errors import JobRefused
from generation.jobs import notifications
from generation.models import Job, Share
from sdsite.accounts.models import User

MOST_REORDERED = 500


def move_to_front(*, job: Job) -> Job:
    """Let a waiting job be its owner's next one in its lane; a job that no longer waits stays as it is."""
    with transaction.atomic():
        _hold_line(job.owner_id)
        line = Job.objects.queued().filter(owner_id=job.owner_id, lane=job.lane)
        first = line.values_list("pk", "rank").first()
        if first is not None and first[0] != job.pk:
            # Below everything that waits, so that nobody else's rank need change.
            line.filter(pk=job.pk).update(rank=first[1] - 1)
            transaction.on_commit(notifications.queue_moved, robust=True)
    job.refresh_from_db()
    return job


def reorder(*, owner: User, job_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Let some of a person's waiting jobs start in the order of `job_ids`; return those that wait, in that order.

    They share out the places that they have among them; the owner's other jobs stay where they are. Jobs that started
    or ended meanwhile are left out.

    Raises:
        Http404: an id is unknown or a stranger's.
        JobRefused: `invalid_parameters`: more than MOST_REORDERED ids, or one twice.
    """
    if len(job_ids) > MOST_REORDERED or len(set(job_ids)) != len(job_ids):
        message = f"jobs must name each job once, at most {MOST_REORDERED}; got {len(job_ids)}"
        raise JobRefused("invalid_parameters", message, fields={"jobs": message})
    if Job.objects.filter(owner=owner, pk__in=job_ids).count() != len(job_ids):
        raise Http404("There is no such job here.")
    with transaction.atomic():
        _hold_line(owner.pk)
        # Rows that a claim or a cancel has in hand at this moment are as good as gone.
        rows = Job.objects.queued().select_for_update(skip_locked=True).filter(owner=owner, pk__in=job_ids)
        waiting = {job.pk: job for job in rows.only("pk", "rank")}
        wanted = [pk for pk in job_ids if pk in waiting]
        places = sorted(job.rank for job in waiting.values())
        for pk, rank in zip(wanted, _apart(places), strict=True):
            waiting[pk].rank = rank
        Job.objects.bulk_update(waiting.values(), ["rank"])
        transaction.on_commit(notifications.queue_moved, robust=True)
    return wanted


def _hold_line(owner_id: int) -> None:
    """Let nobody else start or order jobs of this person until the end of the transaction."""
    list(Share.objects.select_for_update().filter(owner_id=owner_id))


def _apart(ranks: list[int]) -> list[int]:
    """Return the ascending `ranks` with equal ones moved apart, downwards."""
    apart = ranks[::-1]
    for index in range(1, len(apart)):
        apart[index] = min(apart[index], apart[index - 1] - 1)
    return apart[::-1]
