"""Jobs of different people that are drawn by one pipeline call.

A worker that was given a job looks once, before it draws, whether others wait for the same call, and takes those that
fit beside it. It never waits for anybody to come. docs/decisions/0006 says what was weighed.
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
    """Return a digest of all that jobs must have in common to share a pipeline call; "" where one must run alone.

    Alone run jobs that must come out bit by bit the same again, those that name their batch size, those of which one
    image is not drawn at all, and those whose own images already take more than one call.
    """
    if resolved.reproducible == "strict" or resolved.batch_size is not None or originals(resolved):
        return ""
    if resolved.grid is not None or resolved.task == "upscale":
        return ""
    alike = {json.dumps(shared_fields(each), sort_keys=True) for each in resolved.images}
    return hashlib.sha256(alike.pop().encode()).hexdigest() if len(alike) == 1 else ""


def claim_companions(job: Job, *, worker: str, lanes: Sequence[str], most_images: int) -> Iterator[Job]:
    """Take jobs for `worker` that fit beside `job`, which it holds; yield each, RUNNING and leased, as it is taken.

    Args:
        job: The job in hand; no more than a key and a checkpoint are asked of it.
        worker: Name of the worker.
        lanes: Those it draws for, the preferred first.
        most_images: Room for so many images, 0 or more; only jobs that fit with all of theirs are taken.

    In each lane those come first whose turn it is, and of each person the job that is next in their own order. Limits
    of roles hold as for every claim, and while the queue is paused nothing is taken. A job that has lost a worker
    before has no companions: if it was the reason, it takes nobody down with it.
    """
    if not job.batch_key or job.losses or job.checkpoint_id is None:
        return
    for lane in lanes:
        held: set[int] = set()  # shares that have nothing for this call, or that another worker holds
        while most_images > 0 and (share := _next(job, lane, most_images, held)) is not None:
            companion = _take(share, worker)
            if companion is None:
                held.add(share.pk)
                continue
            most_images -= companion.count
            yield companion


def _next(job: Job, lane: str, most_images: int, held: set[int]) -> Share | None:
    """Return the share whose first waiting job of this kind fits, in the order of turns; nothing is locked yet."""
    if current_state().paused:
        return None
    for share in fairness.iterate_in_windows(_with_heads(job, lane)):
        if share.pk not in held and share.images <= most_images and fairness.may_start(share.owner_id):  # type: ignore[attr-defined]
            return share
    return None


def _with_heads(job: Job, lane: str) -> QuerySet[Share]:
    """Return the shares of those who wait for the same call; `head` is the first such job, `images` its count."""
    same = Job.objects.queued().filter(
        batch_key=job.batch_key, lane=lane, checkpoint=job.checkpoint, losses=0, owner_id=OuterRef("owner_id")
    )
    heads = Share.objects.annotate(head=Subquery(same.values("pk")[:1]), images=Subquery(same.values("count")[:1]))
    return heads.filter(head__isnull=False).order_by("virtual_seconds", "pk")


def _take(share: Share, worker: str) -> Job | None:
    """Lock share and job, and start the job; None when something changed meanwhile."""
    head = share.head  # type: ignore[attr-defined]
    with transaction.atomic():
        if not Share.objects.select_for_update(skip_locked=True).filter(pk=share.pk).exists():
            return None
        return start(head, share.owner_id, worker)
