"""What a person has left: jobs that may wait, accelerator seconds in any 24 hours."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone

from generation.jobs.errors import JobRefused, LimitReached
from generation.jobs.roles import Limits
from generation.models import Job
from generation.models.job import JobQuerySet

WINDOW = timedelta(hours=24)
LONGEST_RETRY_SECONDS = 3600  # of a full queue, whose end is only guessed


@dataclass(frozen=True)
class Use:
    """What somebody has and had: jobs by state, accelerator seconds.

    `seconds` were used by jobs that ended in the last 24 hours; `expected` is what unfinished ones should take.
    """

    queued: int
    running: int
    seconds: float
    expected: float


@dataclass(frozen=True)
class Budget:
    """Use against limits; what has no limit is None.

    `seconds` are left of the day's; `resets_at` is when the first of the used ones come back.
    """

    use: Use
    queued: int | None
    running: int | None
    seconds: float | None
    resets_at: datetime | None


def use_of(owner_id: int, now: datetime) -> Use:
    """Return what a person's jobs hold and used at `now`."""
    held = (
        Job.objects.unfinished()
        .filter(owner_id=owner_id)
        .aggregate(
            queued=Count("pk", filter=Q(status=Job.Status.QUEUED)),
            running=Count("pk", filter=Q(status=Job.Status.RUNNING)),
            expected=Sum("predicted_seconds", default=0.0),
        )
    )
    used = _in_window(owner_id, now).aggregate(seconds=Sum("used_seconds", default=0.0))
    return Use(**held, **used)


def budget_of(owner_id: int, limits: Limits) -> Budget:
    """Return what a person with `limits` has left."""
    now = timezone.now()
    use = use_of(owner_id, now)
    most = limits.most_seconds_a_day
    return Budget(
        use=use,
        queued=_left(limits.most_queued, use.queued),
        running=_left(limits.most_running, use.running),
        seconds=None if most is None else max(0.0, round(most - use.seconds - use.expected, 1)),
        resets_at=None if most is None else next((at for at, _ in _coming_back(owner_id, now)), None),
    )


def check_budget(owner_id: int, limits: Limits, *, predicted: float) -> None:
    """Refuse one more job, of `predicted` accelerator seconds, that does not fit into what is left.

    To hold against two requests at once it must be asked under the owner's lock; asked before that it keeps most
    refusals away from the lock.

    Raises:
        JobRefused: `queue_full` or `quota_exceeded` (429, with `retry_after`), `limit_exceeded` (403, the job alone is
            more than a day's seconds).
    """
    if limits.most_queued is None and limits.most_seconds_a_day is None:
        return
    now = timezone.now()
    use = use_of(owner_id, now)
    if limits.most_queued is not None and use.queued >= limits.most_queued:
        raise _queue_full(owner_id, use.queued, limits.most_queued)
    if limits.most_seconds_a_day is not None:
        _check_seconds(owner_id, use, limits.most_seconds_a_day, predicted=predicted, now=now)


def _check_seconds(owner_id: int, use: Use, most: int, *, predicted: float, now: datetime) -> None:
    current = use.seconds + use.expected
    excess = current + predicted - most
    if excess <= 0:
        return
    if predicted > most:
        message = (
            f"This should take about {predicted:.0f} accelerator seconds; your role allows {most} in 24 hours. "
            "Ask for fewer images, fewer steps or a smaller size."
        )
        reached = LimitReached("most_seconds_a_day", most, round(predicted, 1))
        raise JobRefused("limit_exceeded", message, status=403, limit=reached)
    resets_at = _enough_at(owner_id, excess, now)
    wait = max(1, math.ceil((resets_at - now).total_seconds()))
    message = (
        f"Your jobs took or will take {current:.0f} of {most} accelerator seconds in 24 hours, and this one should "
        f"take about {predicted:.0f}. Try again in {_in_words(wait)}."
    )
    reached = LimitReached("most_seconds_a_day", most, round(current, 1), resets_at)
    raise JobRefused("quota_exceeded", message, status=429, retry_after=wait, limit=reached)


def _queue_full(owner_id: int, queued: int, most: int) -> JobRefused:
    from generation.representations import represent_jobs  # they need the estimates, which need the models

    first = represent_jobs(Job.objects.queued().filter(owner_id=owner_id).select_related("checkpoint")[:1])
    guess = first[0].eta_seconds if first else None
    waits = "1 of your jobs waits" if queued == 1 else f"{queued} of your jobs wait"
    message = f"{waits} already, and your role allows {most}. Let one start, or cancel one."
    reached = LimitReached("most_queued", most, queued)
    wait = min(LONGEST_RETRY_SECONDS, max(1, math.ceil(guess or 0)))
    return JobRefused("queue_full", message, status=429, retry_after=wait, limit=reached)


def _in_window(owner_id: int, now: datetime) -> JobQuerySet:
    return Job.objects.filter(owner_id=owner_id, finished_at__gt=now - WINDOW)


def _coming_back(owner_id: int, now: datetime) -> Iterator[tuple[datetime, float]]:
    """Yield (when, accelerator seconds) of old use that leaves the window, the first first."""
    used = _in_window(owner_id, now).filter(used_seconds__gt=0).order_by("finished_at")
    for finished_at, seconds in used.values_list("finished_at", "used_seconds").iterator():
        if finished_at is not None:
            yield finished_at + WINDOW, seconds


def _enough_at(owner_id: int, excess: float, now: datetime) -> datetime:
    """Return when `excess` seconds have left the window; what jobs under way will use leaves it a day from now."""
    for at, seconds in _coming_back(owner_id, now):
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
