"""Deviation of each waiting user's share of the accelerators from their weight, over 10,000 real claims."""

import random
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.conf import settings

from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job, Share
from sdsite.devtools.bench import fixtures
from sdsite.devtools.bench.site import BenchFailed

OWN_DATABASE = True  # created and dropped by this measurement, so DATABASE_URL may name its server
WEIGHTS = (0.5, 1.0, 1.0, 2.0)
LONGEST = (2.0, 5.0, 20.0)  # seconds; users differ in the cost of their jobs
LIMIT = 0.1


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--jobs", type=int, default=10_000, help="Jobs in all, about.")
    parser.add_argument("--people", type=int, default=20, help="Users with queued jobs.")
    parser.add_argument("--workers", type=int, default=4, help="Jobs that run at any time.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Claim and end every job, each costing up to a quarter more or less than predicted, and print the shares.

    Raises:
        BenchFailed: a claim found nothing, or a share was off by more than LIMIT.
    """
    with fixtures.database():
        weights, count = _fill(options["jobs"], options["people"])
        left = Counter(Job.objects.queued().order_by().values_list("owner_id", flat=True))
        seconds = dict.fromkeys(weights, 0.0)
        worst = 0.0
        running: list[Job] = []
        dice = random.Random(5)
        for number in range(count):
            job = claim(worker="bench", lanes=settings.LANES)
            if job is None:
                raise BenchFailed("A claim found nothing while jobs were queued.")
            left[job.owner_id] -= 1
            running.append(job)
            if len(running) == options["workers"]:
                _end(running.pop(0), dice, seconds)
            # A turn is a whole job: before each user has had many, one more or less exceeds the limit.
            if number > count / 2 and all(left.values()):
                worst = max(worst, *_errors(seconds, weights).values())
    write(f"{count:,} jobs of {len(weights)} people, {options['workers']} at a time\n")
    write(f"{'person':>6} {'weight':>7} {'seconds':>9} {'off by':>7}")
    for owner, error in _errors(seconds, weights).items():
        write(f"{owner:>6} {weights[owner]:>7.1f} {seconds[owner]:>9.0f} {error:>7.1%}")
    write(f"\nworst share while all had queued jobs, in the second half: off by {worst:.1%}; limit {LIMIT:.0%}")
    if worst > LIMIT:
        raise BenchFailed("A share was off by more than the limit.")


def _fill(jobs: int, people: int) -> tuple[dict[int, float], int]:
    """Queue work for each user in proportion to their weight, so that all have queued jobs to the end."""
    dice = random.Random(11)
    owners = fixtures.people(people)
    kinds = [(WEIGHTS[n % len(WEIGHTS)], LONGEST[n % len(LONGEST)]) for n in range(people)]
    unit = jobs / sum(weight / longest for weight, longest in kinds)
    weights: dict[int, float] = {}
    count = 0
    for owner, (weight, longest) in zip(owners, kinds, strict=True):
        Share.objects.filter(owner=owner).update(weight=weight)
        weights[owner.pk] = weight
        mine = round(unit * weight / longest)
        costs = [dice.uniform(0, longest) for _ in range(mine)]
        fixtures.fill([owner], mine, seconds=costs.__getitem__)
        count += mine
    return weights, count


def _end(job: Job, dice: random.Random, seconds: dict[int, float]) -> None:
    used = job.predicted_seconds * dice.uniform(0.75, 1.25)
    seconds[job.owner_id] += used
    move(job.pk, Job.Status.SUCCEEDED, held=job.attempt, used_seconds=used)


def _errors(seconds: dict[int, float], weights: dict[int, float]) -> dict[int, float]:
    """Return for each user the relative difference of their part of the seconds and their part of the weights."""
    had, weight = sum(seconds.values()), sum(weights.values())
    return {owner: abs(seconds[owner] / had / (weights[owner] / weight) - 1) for owner in weights}
