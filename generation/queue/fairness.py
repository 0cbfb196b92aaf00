"""Fair share by accelerator seconds, not by the number of jobs.

Each user has a virtual time that grows by the seconds their jobs use, divided by their weight; the next claim goes to
the waiting user with the smallest (weighted fair queueing, Demers, Keshav and Shenker 1989, on whole jobs). A user who
was away starts at the smallest virtual time of the active ones, so that turns cannot be saved up. A user's weight is
that of their share times that of their role.
"""

import uuid
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import F, Max, Min, OuterRef, QuerySet, Subquery

from generation.limits import Limits, get_limits
from generation.models import Job, RoleLimits, Share
from generation.queue import costs

WINDOW = 20  # users read with one query


def admit(owner_id: int) -> None:
    """Raise the virtual time of a user without queued or running jobs to the current one, before they submit a job.

    Call in the transaction that stores the job, before that.
    """
    share, _ = Share.objects.get_or_create(owner_id=owner_id)
    if _is_active(owner_id):
        return
    current = _current_virtual_time()
    Share.objects.filter(pk=share.pk, virtual_seconds__lt=current).update(virtual_seconds=current)


def _is_active(owner_id: int) -> bool:
    """Tell whether a user has a queued or running job; one query for each index, none over all their jobs."""
    waiting = Job.objects.queued().filter(owner_id=owner_id)
    own = [Job.objects.running().filter(owner_id=owner_id), *(waiting.filter(lane=lane) for lane in settings.LANES)]
    return any(jobs.exists() for jobs in own)


def _current_virtual_time() -> float:
    """Return the smallest virtual time of the active users; without any, the greatest of all.

    So the first user after a quiet hour gets no advantage from what others used before.
    """
    running = Job.objects.running().values("owner_id")
    least = [Share.objects.filter(owner_id__in=running).aggregate(least=Min("virtual_seconds"))["least"]]
    for lane in settings.LANES:
        least += next_owners(lane).values_list("virtual_seconds", flat=True)[:1]
    found = [virtual for virtual in least if virtual is not None]
    return min(found) if found else Share.objects.aggregate(most=Max("virtual_seconds"))["most"] or 0.0


def next_owners(lane: str) -> QuerySet[Share]:
    """Return the shares of users who wait in `lane`, next turn first; `head` is their first job there.

    Costs one index lookup for each share, however many jobs wait.
    """
    waiting = Job.objects.queued().filter(lane=lane, owner_id=OuterRef("owner_id"))
    heads = Share.objects.annotate(head=Subquery(waiting.values("pk")[:1])).filter(head__isnull=False)
    return heads.order_by("virtual_seconds", "pk")


def iterate_in_windows(owners: QuerySet[Share]) -> Iterator[Share]:
    """Yield `owners` in their order, reading WINDOW at a time."""
    start = 0
    while window := list(owners[start : start + WINDOW]):
        yield from window
        start += WINDOW


def limits_of_many(owner_ids: Iterable[int]) -> dict[int, Limits]:
    """Return the limits of many users; costs one query on a site without role limits."""
    if not RoleLimits.objects.exists():
        return dict.fromkeys(owner_ids, Limits())
    return {owner_id: get_limits(owner_id) for owner_id in owner_ids}


def may_start(owner_id: int) -> bool:
    """Tell whether one more job of a user may run now.

    Exact only in a transaction that holds the user's share (`Share.objects.select_for_update`), as claims do.
    """
    most = get_limits(owner_id).most_running
    return most is None or Job.objects.running().filter(owner_id=owner_id).count() < most


def settle(job_id: uuid.UUID, state: str) -> None:
    """Charge the owner of a job that just moved to `state`; call in the transaction of the move.

    The start charges what was predicted, so that two free workers do not both choose the same user; the end corrects
    it to what was used, attempts of lost workers included. A job that goes back into the queue costs nothing for now.
    """
    job = Job.objects.select_related("checkpoint").get(pk=job_id)
    if state == Job.Status.RUNNING:
        charge(job.owner_id, job.predicted_seconds, passed_seconds=0.0)
    elif state == Job.Status.QUEUED:
        charge(job.owner_id, -job.predicted_seconds)
    elif job.started_at and job.finished_at:
        if state == Job.Status.SUCCEEDED:
            costs.learn_upscaling(job)
        used = job.used_seconds
        if not used:  # not measured: its worker was lost, or it was cancelled before the first step
            used = (job.finished_at - job.started_at).total_seconds()
            Job.objects.filter(pk=job.pk).update(used_seconds=used)
        charge(job.owner_id, used - job.predicted_seconds)
    elif job.used_seconds:  # cancelled while it waited for another attempt
        charge(job.owner_id, job.used_seconds)


def charge(owner_id: int, seconds: float, **fields: float) -> None:
    """Add accelerator seconds to a user's virtual time, or subtract negative ones; sets `fields` with it."""
    grown = F("virtual_seconds") + seconds / (F("weight") * get_limits(owner_id).weight)
    Share.objects.filter(owner_id=owner_id).update(virtual_seconds=grown, **fields)
