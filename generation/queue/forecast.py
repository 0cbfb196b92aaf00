"""Simulation of the queue: the order in which queued jobs will start, and when each will be done.

Simulates `generation.jobs.claim` with the predicted costs: turns by virtual time, the bound of the later lane, limits
of running jobs, the live workers. Loaded checkpoints and shared calls are left out; they only make it faster. Looks at
the first USERS users of each lane.
"""

import heapq
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django.db.models import OuterRef, QuerySet, Subquery

from generation.models import Job, Share
from generation.queue import fairness
from generation.queue.lanes import EVERY, turns_left

USERS = 200
WINDOW = 16  # jobs of one user read with one query


@dataclass
class _User:
    """Simulated state of one user, shared by the lanes."""

    virtual: float
    weight: float
    most_running: int | None
    ends: list[float]

    def free_at(self, now: float) -> float:
        """Return when one more job of this user may start, not before `now`."""
        running = sorted(end for end in self.ends if end > now)
        if self.most_running is None or len(running) < self.most_running:
            return now
        return running[len(running) - self.most_running]

    def take(self, seconds: float, end: float) -> None:
        """Charge a job of `seconds` that ends at `end`."""
        self.virtual += seconds / self.weight
        if self.most_running is not None:
            self.ends.append(end)


@dataclass
class _Lane:
    """Users who wait in one lane, as a heap by virtual time, each with their jobs in order."""

    users: dict[int, _User]
    heap: list[tuple[float, int, int]] = field(default_factory=list)
    jobs: dict[int, Iterator[tuple[uuid.UUID, float]]] = field(default_factory=dict)
    heads: dict[int, tuple[uuid.UUID, float]] = field(default_factory=dict)

    def join(self, share: Share, jobs: Iterator[tuple[uuid.UUID, float]]) -> None:
        """Add a user with their `jobs`, at least one."""
        owner = share.owner_id
        self.jobs[owner] = jobs
        heapq.heappush(self.heap, (self.users[owner].virtual, share.pk, owner))

    def next_owner(self, now: float) -> tuple[float, int | None]:
        """Return when the next user of this lane may start, and who; at `now`, the one whose turn it is."""
        aside: list[tuple[float, int, int]] = []
        best: tuple[float, int | None] = (float("inf"), None)
        while self.heap:
            virtual, pk, owner = heapq.heappop(self.heap)
            user = self.users[owner]
            if virtual < user.virtual:  # had a turn in another lane meanwhile
                heapq.heappush(self.heap, (user.virtual, pk, owner))
                continue
            if not self._has_head(owner):
                continue
            aside.append((virtual, pk, owner))
            best = min(best, (user.free_at(now), owner), key=lambda pair: pair[0])
            if best[0] <= now:
                break
        for entry in aside:
            heapq.heappush(self.heap, entry)
        return best

    def start(self, owner: int) -> tuple[uuid.UUID, float]:
        """Remove and return the first job of `owner`."""
        return self.heads.pop(owner)

    def _has_head(self, owner: int) -> bool:
        """Tell whether `owner` has a job left, reading it if necessary."""
        if owner not in self.heads:
            following = next(self.jobs[owner], None)
            if following is not None:
                self.heads[owner] = following
        return owner in self.heads


def forecast(lanes: Sequence[str], most: int, free: Sequence[float] = (0.0,)) -> Iterator[tuple[uuid.UUID, float]]:
    """Yield (job, seconds from now until it is done) of the first `most` queued jobs, in the order of their starts.

    Args:
        lanes: Lanes of the workers, the preferred first.
        most: Number of jobs to yield.
        free: For each worker the seconds until it is free; at least one.
    """
    workers = list(free)
    heapq.heapify(workers)
    waiting = _read_lanes(lanes, most)
    left = _turns_left(lanes)
    now = 0.0
    for _ in range(most):
        now = max(now, heapq.heappop(workers))
        chosen, lane, owner = _next_turn(waiting, left, now)
        if owner is None:
            return
        now = max(now, chosen)
        job, seconds = waiting[lane].start(owner)
        heapq.heappush(workers, now + seconds)
        waiting[lane].users[owner].take(seconds, now + seconds)
        _count_start(left, lanes, lane)
        yield job, now + seconds


def _next_turn(waiting: dict[str, _Lane], left: dict[str, int], now: float) -> tuple[float, str, int | None]:
    """Return when the next job starts, its lane and its owner; None as owner when no job may start."""
    ordered = sorted(waiting, key=lambda lane: left.get(lane) != 0)  # stable: an overdue lane first, then as given
    found = [(*waiting[lane].next_owner(now), lane) for lane in ordered]
    at, owner, lane = min(found, key=lambda one: one[0])
    return at, lane, owner


def _turns_left(lanes: Sequence[str]) -> dict[str, int]:
    return {later: turns_left(later, before=before) for before, later in pairwise(lanes)}


def _count_start(left: dict[str, int], lanes: Sequence[str], started: str) -> None:
    """Count a start: the next lane has one turn less to wait, the bound of the lane itself is reset."""
    for before, later in pairwise(lanes):
        if before == started:
            left[later] = max(0, left[later] - 1)
    if started in left:
        left[started] = EVERY - 1


def _read_lanes(lanes: Sequence[str], most: int) -> dict[str, _Lane]:
    """Read the first users of each lane with their first jobs."""
    shares = {lane: list(_with_first_job(lane)[: min(USERS, most)]) for lane in lanes}
    listed = {share.owner_id: share for found in shares.values() for share in found}
    limits = fairness.limits_of_many(listed)
    running: dict[int, int] = {}
    for owner in Job.objects.running().values_list("owner_id", flat=True):
        running[owner] = running.get(owner, 0) + 1
    users = {
        owner: _User(
            virtual=share.virtual_seconds,
            weight=share.weight * limits[owner].weight,
            most_running=limits[owner].most_running,
            # Approximated: a running job ends after the predicted seconds of the user's first queued job.
            ends=[share.seconds] * running.get(owner, 0),  # type: ignore[attr-defined]
        )
        for owner, share in listed.items()
    }
    waiting = {lane: _Lane(users) for lane in lanes}
    for lane, found in shares.items():
        for share in found:
            if limits[share.owner_id].most_running != 0:
                waiting[lane].join(share, _jobs(share, lane))
    return waiting


def _with_first_job(lane: str) -> QuerySet[Share]:
    head = Job.objects.filter(pk=OuterRef("head"))
    waiting = Job.objects.queued().filter(lane=lane, owner_id=OuterRef("owner_id"))
    return fairness.next_owners(lane).annotate(
        seconds=Subquery(head.values("predicted_seconds")), second=Subquery(waiting.values("pk")[1:2])
    )


def _jobs(share: Share, lane: str) -> Iterator[tuple[uuid.UUID, float]]:
    """Yield the user's queued jobs in their order; the first is known, the others are read when needed."""
    yield share.head, share.seconds  # type: ignore[attr-defined]
    if share.second is None:  # type: ignore[attr-defined]
        return
    waiting = Job.objects.queued().filter(lane=lane, owner_id=share.owner_id).values_list("pk", "predicted_seconds")
    start = 1
    while window := list(waiting[start : start + WINDOW]):
        yield from window
        if len(window) < WINDOW:
            return
        start += WINDOW
