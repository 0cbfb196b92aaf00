"""Order in which a free worker looks into the lanes.

Lanes go in the worker's order, `interactive` before `batch`, with one bound: of EVERY jobs that start while both wait,
one is of the later lane. A waiting `batch` job therefore sees at most EVERY - 1 starts of `interactive`
jobs after it was queued, or after the last `batch` job started, before a `batch` job starts.

The bound counts starts and not seconds of waiting, so it means the same with one worker and with forty, and each number
costs one index lookup. docs/decisions/0005 has the reasons.
"""

from collections.abc import Sequence
from itertools import pairwise

from django.db.models import Max, Min

from generation.models import Job

EVERY = 10


def order_lanes(lanes: Sequence[str]) -> list[str]:
    """Return `lanes` in the order for a free worker now: an overdue lane first."""
    overdue = [lane for before, lane in pairwise(lanes) if turns_left(lane, before=before) == 0]
    return [*overdue, *(lane for lane in lanes if lane not in overdue)]


def turns_left(lane: str, *, before: str) -> int:
    """Return how many jobs of `before` may still start before one of `lane` must; EVERY when `lane` is empty."""
    oldest = Job.objects.filter(status=Job.Status.QUEUED, lane=lane).aggregate(at=Min("queued_at"))["at"]
    if oldest is None:
        return EVERY
    started = Job.objects.filter(started_at__isnull=False)
    last = started.filter(lane=lane).aggregate(at=Max("started_at"))["at"]
    since = max(oldest, last) if last else oldest
    return EVERY - 1 - started.filter(lane=before, started_at__gt=since)[: EVERY - 1].count()
