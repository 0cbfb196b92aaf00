"""Fair share by accelerator seconds, not by the number of jobs.

Everybody has a virtual time that grows by the seconds their jobs use, divided by their weight; the next claim goes to
the waiting person with the smallest (weighted fair queueing, Demers, Keshav and Shenker 1989, on whole jobs). Who was
away starts at the smallest virtual time of those who are there, so that nobody saves up turns.
"""

import heapq
import uuid
from collections.abc import Iterator

from django.db.models import Exists, F, Max, Min, OuterRef, QuerySet

from generation.models import Job, Share

MOST_FORECAST = 20


def admit(owner_id: int) -> None:
    """Bring a person who submits a job, and has none waiting or running, up to the present.

    Call in the transaction that stores the job, before it does.
    """
    share, _ = Share.objects.get_or_create(owner_id=owner_id)
    if Job.objects.unfinished().filter(owner_id=owner_id).exists():
        return
    present = _sharing(Job.objects.unfinished()).aggregate(least=Min("virtual_seconds"))["least"]
    if present is None:
        # Nobody is there: whoever comes first must not have the whole of the others' past in hand.
        present = Share.objects.aggregate(most=Max("virtual_seconds"))["most"]
    Share.objects.filter(pk=share.pk, virtual_seconds__lt=present).update(virtual_seconds=present)


def next_owners(lane: str) -> QuerySet[Share]:
    """Return the shares of those who wait in `lane`, the one whose turn it is first."""
    return _sharing(Job.objects.filter(status=Job.Status.QUEUED, lane=lane)).order_by("virtual_seconds", "pk")


def settle(job_id: uuid.UUID, state: str) -> None:
    """Keep the accounts of a job that just moved to `state`; call in the transaction of the move.

    Starting costs what was predicted, so that two free workers do not both turn to the same person; the end corrects
    it to what was used. A job that goes back into the queue, its work lost, costs nothing.
    """
    job = Job.objects.only("owner_id", "predicted_seconds", "started_at", "finished_at").get(pk=job_id)
    if state == Job.Status.RUNNING:
        charge(job.owner_id, job.predicted_seconds)
    elif state == Job.Status.QUEUED:
        charge(job.owner_id, -job.predicted_seconds)
    elif job.started_at and job.finished_at:
        charge(job.owner_id, (job.finished_at - job.started_at).total_seconds() - job.predicted_seconds)


def forecast(lane: str, most: int) -> Iterator[tuple[uuid.UUID, float]]:
    """Yield (job, predicted seconds) in the order in which jobs of `lane` will start if nothing else comes.

    Looks at no more than `most` jobs of the MOST_FORECAST people whose turn comes first.
    """
    shares = list(next_owners(lane)[:MOST_FORECAST])
    waiting = Job.objects.queued().filter(lane=lane).values_list("pk", "predicted_seconds")
    queues = [
        (share.virtual_seconds, share.pk, share.weight, iter(waiting.filter(owner_id=share.owner_id)[:most]))
        for share in shares
    ]
    heapq.heapify(queues)
    for _ in range(most):
        while queues:
            virtual, pk, weight, jobs = queues[0]
            job = next(jobs, None)
            if job is None:
                heapq.heappop(queues)
                continue
            heapq.heapreplace(queues, (virtual + job[1] / weight, pk, weight, jobs))
            yield job
            break


def charge(owner_id: int, seconds: float) -> None:
    """Add accelerator seconds to what a person has had; negative seconds give some back."""
    Share.objects.filter(owner_id=owner_id).update(virtual_seconds=F("virtual_seconds") + seconds / F("weight"))


def _sharing(jobs: QuerySet[Job]) -> QuerySet[Share]:
    return Share.objects.filter(Exists(jobs.filter(owner_id=OuterRef("owner_id"))))
