"""Batch companions: jobs of different users that share one pipeline call.

A worker that has claimed a job looks once, before it starts, whether other jobs wait for the same call, and claims
those that fit in beside it. It never waits for companions to arrive. See docs/decisions/0006.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from generation.jobs.claim import start
from generation.models import Job, Share
from generation.parameters.batch_fields import shared_fields
from generation.parameters.per_image import originals
from generation.parameters.schema import ResolvedParameters
from generation.queue import fairness
from generation.queue.state import current_state


def batch_key(resolved: ResolvedParameters) -> str:
    """Return a digest of the parameters that jobs must share to run in one pipeline call; "" for jobs that run alone.

    Jobs that run alone: bit-exact ones, those that name their batch size, those that keep an original image, and those
    whose own images need more than one call.
    """
    if resolved.reproducible == "strict" or resolved.batch_size is not None or originals(resolved):
        return ""
    if resolved.grid is not None or resolved.task == "upscale":
        return ""
    alike = {json.dumps(shared_fields(each), sort_keys=True) for each in resolved.images}
    return hashlib.sha256(alike.pop().encode()).hexdigest() if len(alike) == 1 else ""


def claim_companions(job: Job, *, worker: str, lanes: Sequence[str], most_images: int) -> Iterator[Job]:
    """Claim jobs for `worker` that fit beside `job`, which it holds; yield each, RUNNING and leased, as it is claimed.

    Args:
        job: The claimed job; its batch key and checkpoint decide.
        worker: Name of the worker.
        lanes: The worker's lanes, the preferred first.
        most_images: Room in the batch, 0 or more images; only jobs that fit completely are claimed.

    In each lane users come in the order of their turns, each with the job that is next in their own order. Limits of
    roles hold as for every claim, and while the queue is paused nothing is claimed. A job that has lost a worker or its
    device before has no companions: if it caused the loss, it must not take others with it.
    """
    if not job.batch_key or job.losses or job.device_failures or job.checkpoint_id is None:
        return
    for lane in lanes:
        held: set[int] = set()  # shares without a job for this call, or locked by another worker
        while most_images > 0 and (share := _next(job, lane, most_images, held)) is not None:
            companion = _take(share, worker)
            if companion is None:
                held.add(share.pk)
                continue
            most_images -= companion.count
            yield companion


def _next(job: Job, lane: str, most_images: int, held: set[int]) -> Share | None:
    """Return the first share, in the order of turns, whose first matching job fits; nothing is locked yet."""
    if current_state().paused:
        return None
    for share in fairness.iterate_in_windows(_with_heads(job, lane)):
        if share.pk not in held and share.images <= most_images and fairness.may_start(share.owner_id):  # type: ignore[attr-defined]
            return share
    return None


def _with_heads(job: Job, lane: str) -> QuerySet[Share]:
    """Return the shares of users who wait for the same call; `head` is the first such job, `images` its count."""
    same = Job.objects.queued().filter(
        batch_key=job.batch_key, lane=lane, checkpoint=job.checkpoint, owner_id=OuterRef("owner_id")
    )
    same = same.filter(losses=0, device_failures=0)
    heads = Share.objects.annotate(head=Subquery(same.values("pk")[:1]), images=Subquery(same.values("count")[:1]))
    return heads.filter(head__isnull=False).order_by("virtual_seconds", "pk")


def _take(share: Share, worker: str) -> Job | None:
    """Lock share and job, and start the job; return None when either changed meanwhile."""
    head = share.head  # type: ignore[attr-defined]
    with transaction.atomic():
        if not Share.objects.select_for_update(skip_locked=True).filter(pk=share.pk).exists():
            return None
        return start(head, share.owner_id, worker)
