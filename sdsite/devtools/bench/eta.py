"""Error of the forecasts for queued jobs, with a real worker and jobs of mixed cost."""

import random
import statistics
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue import eta
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.devtools.bench.site import BenchFailed, BenchSite

WAIT_SECONDS = 600.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--before", type=int, default=10, help="Jobs that run first, to learn the cost of jobs.")
    parser.add_argument("--jobs", type=int, default=20, help="Jobs of three users whose forecasts are compared.")
    parser.add_argument("--seed", type=int, default=3, help="Random seed of the mix of jobs.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Run some jobs, queue the others at once, record the forecasts, and print how far each was off.

    Raises:
        BenchFailed: a job did not succeed.
    """
    dice = random.Random(options["seed"])
    with BenchSite() as site:
        for _ in range(options["before"]):
            site.generate(_requested(dice))
        people = [site.owner, *(User.objects.create(username=f"bench{number}") for number in range(2))]
        jobs = [
            submit_job(
                credentials=Credentials(dice.choice(people)), parameters=_requested(dice), source=Job.Source.COMMAND
            )
            for _ in range(options["jobs"])
        ]
        asked_at, places = timezone.now(), eta.places()
        keys = [job.pk for job in jobs]
        unfinished = Job.objects.unfinished().filter(pk__in=keys)
        site.until(lambda: not unfinished.exists(), "the jobs to end", WAIT_SECONDS)
        rows = list(Job.objects.filter(pk__in=list(places)))
    write(f"{'place':>6} {'forecast':>10} {'took':>10} {'off by':>7}")
    errors: list[float] = []
    for job in sorted(rows, key=lambda job: places[job.pk].position):
        forecast = places[job.pk].eta_seconds
        if job.status != Job.Status.SUCCEEDED or job.finished_at is None or forecast is None:
            raise BenchFailed(f"A job ended as {job.status}, or had no forecast.")
        took = (job.finished_at - asked_at).total_seconds()
        errors.append(abs(forecast - took) / took)
        write(f"{places[job.pk].position:>6} {forecast:>8.1f} s {took:>8.1f} s {errors[-1]:>7.0%}")
    if not errors:
        raise BenchFailed("No job was queued: ask for more jobs.")
    write(f"\n{len(errors)} forecasts, median off by {statistics.median(errors):.0%}, worst by {max(errors):.0%}")


def _requested(dice: random.Random) -> GenerationParameters:
    """Return parameters whose cost varies widely."""
    return GenerationParameters(prompt="a red heart", steps=dice.randint(8, 60), count=dice.choice((1, 1, 2, 4)))
