"""Claim the next job for a worker: the first job of the user whose turn it is, in the first lane that has one.

Claiming is one conditional UPDATE, so two workers never get the same job. Three rules change the order of turns, each
with a bound: a later lane gets every tenth start (`queue.lanes`), users at their role's limit of running jobs are left
out, and a job whose checkpoint the worker has loaded may go first (`PASSED_SECONDS`).
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from generation.jobs.lifecycle import move
from generation.models import Job, Share
from generation.queue import fairness
from generation.queue.lanes import order_lanes
from generation.queue.state import current_state

# Predicted accelerator seconds of others that may go ahead of a user, between two starts of their own jobs, only
# because a checkpoint is loaded. With several workers the wait is shorter.
PASSED_SECONDS = 10.0
LOOKED_AT = 20  # users whose first jobs are searched for a loaded checkpoint
ROUNDS = 20  # attempts when other workers hold all waiting users, before this one waits for the next ticket
PAUSE_SECONDS = 0.01


@dataclass(frozen=True)
class Choice:
    """A job, its owner's share, and the shares that it passes because their checkpoints are not loaded."""

    share: Share
    job_id: Any
    seconds: float = 0.0
    passed: tuple[Share, ...] = ()


def claim(*, worker: str, lanes: Sequence[str], loaded: Collection[str] = ()) -> Job | None:
    """Claim the next job for `worker` and return it, RUNNING and leased; None when no job waits or may start.

    Args:
        worker: Name of the worker.
        lanes: The worker's lanes, the preferred first.
        loaded: Slugs of the checkpoints that it has loaded. A job that needs one of them goes before the job whose turn
            it is, as long as no user is passed over by more than PASSED_SECONDS.

    While the queue is paused nothing starts. PostgreSQL skips users and rows that another worker has locked.
    """
    for _ in range(ROUNDS):
        held: set[int] = set()  # shares that another worker has locked
        while choice := _choose(lanes, loaded, held):
            if (job := _take(choice, worker)) is not None:
                return job
            held.add(choice.share.pk)
        if not held:
            return None
        time.sleep(PAUSE_SECONDS)
    return None


def _choose(lanes: Sequence[str], loaded: Collection[str], held: Collection[int]) -> Choice | None:
    """Return the next job by the rows as they are; nothing is locked yet."""
    if current_state().paused:
        return None
    for lane in order_lanes(lanes):
        choice = _of_lane(lane, loaded, held)
        if choice is not None:
            return choice
    return None


def _of_lane(lane: str, loaded: Collection[str], held: Collection[int]) -> Choice | None:
    first: Choice | None = None
    passed: list[Share] = []
    for share in _ready(lane, held, with_costs=bool(loaded)):
        choice = Choice(share, share.head)  # type: ignore[attr-defined]
        if not loaded:
            return choice
        choice = replace(choice, seconds=share.seconds, passed=tuple(passed))  # type: ignore[attr-defined]
        # A job whose checkpoint was deleted has nothing to load.
        if share.slug in {None, *loaded} and _may_pass(passed, choice.seconds):  # type: ignore[attr-defined]
            return choice
        first = first or choice
        passed.append(share)
        if share.passed_seconds >= PASSED_SECONDS or len(passed) == LOOKED_AT:
            break
    return first


def _may_pass(passed: Collection[Share], seconds: float) -> bool:
    return all(share.passed_seconds + seconds <= PASSED_SECONDS for share in passed)


def _ready(lane: str, held: Collection[int], *, with_costs: bool) -> Iterator[Share]:
    """Yield the shares of users who wait in `lane` and may start one more job, in the order of turns."""
    owners = _with_costs(lane) if with_costs else fairness.next_owners(lane)
    waiting = False
    for share in fairness.iterate_in_windows(owners):
        waiting = True
        if share.pk not in held and fairness.may_start(share.owner_id):
            yield share
    if waiting:
        return
    stray = Job.objects.queued().filter(lane=lane).first()
    if stray is not None:  # a row that was not created by `submit_job` has no share, and must not wait for ever
        fairness.admit(stray.owner_id)
        yield from owners


def _with_costs(lane: str) -> QuerySet[Share]:
    head = Job.objects.filter(pk=OuterRef("head"))
    return fairness.next_owners(lane).annotate(
        slug=Subquery(head.values("checkpoint__slug")), seconds=Subquery(head.values("predicted_seconds"))
    )


def _take(choice: Choice, worker: str) -> Job | None:
    """Lock the rows of the choice, check it again, and start the job; return None when something changed meanwhile."""
    with transaction.atomic():
        wanted = [choice.share.pk, *(share.pk for share in choice.passed)]
        rows = list(Share.objects.select_for_update(skip_locked=True).filter(pk__in=wanted))
        passed = [share for share in rows if share.pk != choice.share.pk]
        if len(rows) != len(wanted) or not _may_pass(passed, choice.seconds):
            return None
        job = start(choice.job_id, choice.share.owner_id, worker)
        if job is not None and passed:
            later = Share.objects.filter(pk__in=[share.pk for share in passed])
            later.update(passed_seconds=F("passed_seconds") + choice.seconds)
        return job


def start(job_id: Any, owner_id: int, worker: str) -> Job | None:
    """Lock a queued job and return it, RUNNING and leased to `worker`; None when something changed meanwhile.

    Call in the transaction that has locked its owner's share.
    """
    if not Job.objects.queued().select_for_update(skip_locked=True, of=("self",)).filter(pk=job_id).exists():
        return None
    if not fairness.may_start(owner_id):
        return None
    now = timezone.now()
    leased: dict[str, Any] = {"worker": worker, "heartbeat_at": now, "started_at": now, "step": 0, "total": 0}
    if not move(job_id, Job.Status.RUNNING, **leased):
        return None
    return Job.objects.select_related("checkpoint", "owner").get(pk=job_id)
