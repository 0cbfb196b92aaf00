"""Quotas of users and keys: queued jobs, and accelerator seconds in any 24 hours."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from gallery.kept_steps import bytes_of_kept_steps
from generation.errors import JobRefused, LimitReached
from generation.limits import Limits
from generation.models import Job
from generation.models.job import JobQuerySet
from generation.parameters.schema import ResolvedParameters
from generation.queue import eta

WINDOW = timedelta(hours=24)
LONGEST_RETRY_SECONDS = 3600  # for a full queue, whose ETA is an estimate


@dataclass(frozen=True)
class Use:
    """Usage of a user or key: jobs by state, accelerator seconds.

    `seconds` were used by jobs that ended in the last 24 hours; `expected` is the predicted cost of unfinished ones.
    """

    queued: int
    running: int
    seconds: float
    expected: float


@dataclass(frozen=True)
class Budget:
    """Usage, and what is left of the limits; None without a limit.

    `seconds` are left of those of 24 hours; `resets_at` is when the first of the used ones are available again.
    """

    use: Use
    queued: int | None
    running: int | None
    seconds: float | None
    resets_at: datetime | None


@dataclass(frozen=True)
class Allowance:
    """Limit of the accelerator seconds of `jobs` in any 24 hours; `limit` is its field in `Limits`."""

    limit: str
    most: int
    jobs: JobQuerySet
    allows: str
    took: str


def allowances(owner_id: int, limits: Limits) -> Iterator[Allowance]:
    """Yield the allowances that a job has to fit into: that of the role, and that of the API key."""
    if limits.most_seconds_a_day is not None:
        yield Allowance(
            "most_seconds_a_day", limits.most_seconds_a_day, _of_person(owner_id), "your role allows", "Your jobs"
        )
    if limits.key_id is not None and limits.key_seconds_a_day is not None:
        jobs = _of_key(limits.key_id)
        yield Allowance("key_seconds_a_day", limits.key_seconds_a_day, jobs, "this key allows", "Jobs of this key")


def _use(jobs: JobQuerySet, now: datetime) -> Use:
    # finished_at is None for all of them; stated so that the index of a key's jobs serves this query too.
    held = (
        jobs.unfinished()
        .filter(finished_at=None)
        .aggregate(
            queued=Count("pk", filter=Q(status=Job.Status.QUEUED)),
            running=Count("pk", filter=Q(status=Job.Status.RUNNING)),
            expected=Sum("predicted_seconds", default=0.0),
        )
    )
    used = counted_in_window(jobs, now).aggregate(seconds=Sum("used_seconds", default=0.0))
    return Use(**held, **used)


def get_budget(owner_id: int, limits: Limits) -> Budget:
    """Return what a user has left of the limits of their role."""
    return _budget(_of_person(owner_id), limits.most_queued, limits.most_running, limits.most_seconds_a_day)


def get_key_budget(key_id: int, limits: Limits) -> Budget:
    """Return what an API key has left of its own limits."""
    return _budget(_of_key(key_id), None, None, limits.key_seconds_a_day)


def _budget(jobs: JobQuerySet, most_queued: int | None, most_running: int | None, most: int | None) -> Budget:
    now = timezone.now()
    use = _use(jobs, now)
    return Budget(
        use=use,
        queued=_left(most_queued, use.queued),
        running=_left(most_running, use.running),
        seconds=None if most is None else max(0.0, round(most - use.seconds - use.expected, 1)),
        resets_at=None if most is None else next((at for at, _ in _coming_back(jobs, now)), None),
    )


def check_budget(owner_id: int, limits: Limits, *, predicted: float) -> None:
    """Refuse one more job of `predicted` accelerator seconds that does not fit into what is left.

    Call it under the owner's lock, or two requests at once may both pass; a call before that spares most refusals the
    lock.

    Raises:
        JobRefused: `queue_full` or `quota_exceeded` (429, with `retry_after`), `limit_exceeded` (403, the job alone
            exceeds the seconds of 24 hours).
    """
    if limits.most_queued is not None:
        queued = _of_person(owner_id).unfinished().filter(status=Job.Status.QUEUED).count()
        if queued >= limits.most_queued:
            raise _queue_full(owner_id, queued, limits.most_queued)
    for allowance in allowances(owner_id, limits):
        _check_seconds(allowance, predicted=predicted, now=timezone.now())


def check_kept_steps(owner_id: int, limits: Limits, resolved: ResolvedParameters) -> None:
    """Refuse a job that would keep previews of steps where those of its owner take all they may.

    The job itself may exceed it, since nobody knows the size of its previews before.

    Raises:
        JobRefused: `limit_exceeded` (403).
    """
    if resolved.keep_steps is None or limits.most_kept_mb is None:
        return
    stored = bytes_of_kept_steps(owner_id)
    if stored < limits.most_kept_mb * 10**6:
        return
    message = (
        f"keep_steps: kept previews of steps may take {limits.most_kept_mb} MB; yours take {stored / 1e6:.1f} MB. "
        "Delete images that have them, also from the trash, or keep none."
    )
    reached = LimitReached("most_kept_mb", limits.most_kept_mb, round(stored / 1e6, 1))
    raise JobRefused("limit_exceeded", message, fields={"keep_steps": message}, status=403, limit=reached)


def _check_seconds(allowance: Allowance, *, predicted: float, now: datetime) -> None:
    if predicted > allowance.most:
        message = (
            f"This would take about {predicted:.0f} s of GPU time; {allowance.allows} {allowance.most} s in 24 hours. "
            "Use fewer images, fewer steps or a smaller size."
        )
        reached = LimitReached(allowance.limit, allowance.most, round(predicted, 1))
        raise JobRefused("limit_exceeded", message, status=403, limit=reached)
    use = _use(allowance.jobs, now)
    current = use.seconds + use.expected
    excess = current + predicted - allowance.most
    if excess <= 0:
        return
    resets_at = _enough_at(allowance.jobs, excess, now)
    wait = max(1, math.ceil((resets_at - now).total_seconds()))
    message = (
        f"{allowance.took} use {current:.0f} of {allowance.most} s of GPU time in 24 hours, "
        f"and this one would take about {predicted:.0f} s. Try again in {_in_words(wait)}."
    )
    reached = LimitReached(allowance.limit, allowance.most, round(current, 1), resets_at)
    raise JobRefused("quota_exceeded", message, status=429, retry_after=wait, limit=reached)


def _queue_full(owner_id: int, queued: int, most: int) -> JobRefused:
    first = Job.objects.queued().filter(owner_id=owner_id).values_list("pk", flat=True).first()
    place = eta.places(wanted={first}).get(first) if first else None
    guess = place.eta_seconds if place else None
    jobs = "1 job" if queued == 1 else f"{queued} jobs"
    message = f"You have {jobs} queued, and your role allows {most}. Wait until one starts, or cancel one."
    reached = LimitReached("most_queued", most, queued)
    wait = min(LONGEST_RETRY_SECONDS, max(1, math.ceil(guess or 0)))
    return JobRefused("queue_full", message, status=429, retry_after=wait, limit=reached)


def _of_person(owner_id: int) -> JobQuerySet:
    return Job.objects.filter(owner_id=owner_id)


def _of_key(key_id: int) -> JobQuerySet:
    return Job.objects.filter(api_key_id=key_id)


def counted_in_window(jobs: JobQuerySet, now: datetime) -> JobQuerySet:
    """Return the jobs that ended in the last 24 hours, and after an administrator has reset the use of their owner."""
    counted = Q(owner__share__use_reset_at=None) | Q(finished_at__gt=F("owner__share__use_reset_at"))
    return jobs.filter(counted, finished_at__gt=now - WINDOW)


def _coming_back(jobs: JobQuerySet, now: datetime) -> Iterator[tuple[datetime, float]]:
    """Yield (time, accelerator seconds) of usage that leaves the window, in order of time."""
    used = counted_in_window(jobs, now).filter(used_seconds__gt=0).order_by("finished_at")
    for finished_at, seconds in used.values_list("finished_at", "used_seconds").iterator():
        if finished_at is not None:
            yield finished_at + WINDOW, seconds


def _enough_at(jobs: JobQuerySet, excess: float, now: datetime) -> datetime:
    """Return when `excess` seconds have left the window; those of unfinished jobs leave it 24 hours from now."""
    for at, seconds in _coming_back(jobs, now):
        excess -= seconds
        if excess <= 0:
            return at
    return now + WINDOW


def _left(most: int | None, used: int) -> int | None:
    return None if most is None else max(0, most - used)


def _in_words(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)
