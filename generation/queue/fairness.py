"""Fair share by accelerator seconds, not by the number of jobs.

Everybody has a virtual time that grows by the seconds their jobs use, divided by their weight; the next claim goes to
the waiting person with the smallest (weighted fair queueing, Demers, Keshav and Shenker 1989, on whole jobs). Who was
away starts at the smallest virtual time of those who are there, so that nobody saves up turns. A person's weight is
that of their share times that of their role.
"""

import uuid
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db.models import F, Max, Min, OuterRef, QuerySet, Subquery

from generation.limits import Limits, get_limits
from generation.models import Job, RoleLimits, Share
from generation.queue import costs

WINDOW = 20  # people looked at with one query


def admit(owner_id: int) -> None:
    """Bring a person who submits a job, and has none waiting or running, up to the present.

    Call in the transaction that stores the job, before it does.
    """
    share, _ = Share.objects.get_or_create(owner_id=owner_id)
    if _is_here(owner_id):
        return
    present = _present()
    Share.objects.filter(pk=share.pk, virtual_seconds__lt=present).update(virtual_seconds=present)


def _is_here(owner_id: int) -> bool:
    """Tell whether a job of a person waits or runs; a question for each index, none for all that they ever asked."""
    waiting = Job.objects.queued().filter(owner_id=owner_id)
    own = [Job.objects.running().filter(owner_id=owner_id), *(waiting.filter(lane=lane) for lane in settings.LANES)]
    return any(jobs.exists() for jobs in own)


def _present() -> float:
    """Return the smallest virtual time of those who wait or run; with nobody there, the greatest of all.

    Whoever comes first after a quiet hour must not have the whole of the others' past in hand.
    """
    running = Job.objects.running().values("owner_id")
    here = [Share.objects.filter(owner_id__in=running).aggregate(least=Min("virtual_seconds"))["least"]]
    for lane in settings.LANES:
        here += next_owners(lane).values_list("virtual_seconds", flat=True)[:1]
    found = [virtual for virtual in here if virtual is not None]
    return min(found) if found else Share.objects.aggregate(most=Max("virtual_seconds"))["most"] or 0.0


def next_owners(lane: str) -> QuerySet[Share]:
    """Return the shares of those who wait in `lane`, the one whose turn it is first; `head` is their first job there.

    One look into an index for each share, however many jobs wait.
    """
    line = Job.objects.queued().filter(lane=lane, owner_id=OuterRef("owner_id"))
    heads = Share.objects.annotate(head=Subquery(line.values("pk")[:1])).filter(head__isnull=False)
    return heads.order_by("virtual_seconds", "pk")


def iterate_in_windows(owners: QuerySet[Share]) -> Iterator[Share]:
    """Yield `owners` in their order, reading only a window of them at a time."""
    start = 0
    while window := list(owners[start : start + WINDOW]):
        yield from window
        start += WINDOW


def limits_of_many(owner_ids: Iterable[int]) -> dict[int, Limits]:
    """Return the limits of many people; on a site without role limits that costs one query."""
    if not RoleLimits.objects.exists():
        return dict.fromkeys(owner_ids, Limits())
    return {owner_id: get_limits(owner_id) for owner_id in owner_ids}


def may_start(owner_id: int) -> bool:
    """Tell whether one more job of a person may run now.

    Exact only in a transaction that holds the person's share (`Share.objects.select_for_update`), as claims do.
    """
    most = get_limits(owner_id).most_running
    return most is None or Job.objects.running().filter(owner_id=owner_id).count() < most


def settle(job_id: uuid.UUID, state: str) -> None:
    """Keep the accounts of a job that just moved to `state`; call in the transaction of the move.

    Starting costs what was predicted, so that two free workers do not both turn to the same person; the end corrects
    it to what was used. A job that goes back into the queue, its work lost, costs nothing.
    """
    job = Job.objects.select_related("checkpoint").get(pk=job_id)
    if state == Job.Status.RUNNING:
        charge(job.owner_id, job.predicted_seconds, passed_seconds=0.0)
    elif state == Job.Status.QUEUED:
        charge(job.owner_id, -job.predicted_seconds)
    elif job.started_at and job.finished_at:
        if state == Job.Status.SUCCEEDED:
            costs.learn_beside(job)
        used = job.used_seconds
        if not used:  # nobody knows better: its worker was lost, or it was cancelled before the first step
            used = (job.finished_at - job.started_at).total_seconds()
            Job.objects.filter(pk=job.pk).update(used_seconds=used)
        charge(job.owner_id, used - job.predicted_seconds)


def charge(owner_id: int, seconds: float, **fields: float) -> None:
    """Add accelerator seconds to what a person has had; negative seconds give some back. Sets `fields` beside it."""
    grown = F("virtual_seconds") + seconds / (F("weight") * get_limits(owner_id).weight)
    Share.objects.filter(owner_id=owner_id).update(virtual_seconds=grown, **fields)
