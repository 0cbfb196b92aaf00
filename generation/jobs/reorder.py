"""Order of a user's own queued jobs: which of them starts when it is the user's turn."""

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
    """Make a queued job its owner's next one in its lane; a job that is no longer queued stays as it is."""
    with transaction.atomic():
        _lock_share(job.owner_id)
        queued = Job.objects.queued().filter(owner_id=job.owner_id, lane=job.lane)
        first = queued.values_list("pk", "rank").first()
        if first is not None and first[0] != job.pk:
            # Below all queued jobs of the owner, so that no other rank has to change.
            queued.filter(pk=job.pk).update(rank=first[1] - 1)
            transaction.on_commit(notifications.queue_moved, robust=True)
    job.refresh_from_db()
    return job


def reorder(*, owner: User, job_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Order some of a user's queued jobs as in `job_ids`; return those that are still queued, in that order.

    They share out the ranks that they have among them; the owner's other jobs keep theirs. Jobs that started or ended
    meanwhile are left out.

    Raises:
        Http404: an id is unknown or belongs to another user.
        JobRefused: `invalid_parameters`: more than MOST_REORDERED ids, or one twice.
    """
    if len(job_ids) > MOST_REORDERED or len(set(job_ids)) != len(job_ids):
        message = f"jobs must name each job once, at most {MOST_REORDERED}; got {len(job_ids)}"
        raise JobRefused("invalid_parameters", message, fields={"jobs": message})
    if Job.objects.filter(owner=owner, pk__in=job_ids).count() != len(job_ids):
        raise Http404("There is no such job here.")
    with transaction.atomic():
        _lock_share(owner.pk)
        # Rows that are being claimed or cancelled at this moment are left out.
        rows = Job.objects.queued().select_for_update(skip_locked=True).filter(owner=owner, pk__in=job_ids)
        waiting = {job.pk: job for job in rows.only("pk", "rank")}
        wanted = [pk for pk in job_ids if pk in waiting]
        ranks = sorted(job.rank for job in waiting.values())
        for pk, rank in zip(wanted, _distinct(ranks), strict=True):
            waiting[pk].rank = rank
        Job.objects.bulk_update(waiting.values(), ["rank"])
        transaction.on_commit(notifications.queue_moved, robust=True)
    return wanted


def _lock_share(owner_id: int) -> None:
    """Lock the user's share, so that no other process starts or reorders their jobs until the transaction ends."""
    list(Share.objects.select_for_update().filter(owner_id=owner_id))


def _distinct(ranks: list[int]) -> list[int]:
    """Return the ascending `ranks`, made distinct by lowering equal ones."""
    found = ranks[::-1]
    for index in range(1, len(found)):
        found[index] = min(found[index], found[index - 1] - 1)
    return found[::-1]
