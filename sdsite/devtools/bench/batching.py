"""How many images a second one-image jobs of several people give, each drawn alone and in shared calls."""

import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings

from generation.jobs import queue_control
from generation.jobs.submission.submit import submit_job
from generation.models import Job, QueueState
from generation.parameters.schema import GenerationParameters
from generation.queue import tickets
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.devtools.bench.site import JOB_SECONDS, BenchFailed, BenchSite
from sdsite.server.processes import Maintenance, worker_part
from sdsite.server.supervisor import Part

# A worker for each way, on a lane of its own: both stay loaded, and rounds of both can take turns.
WAYS = {"off": Job.Lane.BATCH, "on": Job.Lane.INTERACTIVE}
PROMPTS = ("a red heart", "a cat", "a blue star", "an owl", "a green leaf", "a dog", "a yellow sun", "a fox")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what can be chosen."""
    parser.add_argument("--jobs", type=int, default=16, help="One-image jobs of a round.")
    parser.add_argument("--people", type=int, default=8, help="Whose they are, in turn.")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5, help="Rounds of each way, in turn; the median counts.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Draw rounds of jobs both ways, in turn, and print images a second and their ratio.

    Raises:
        BenchFailed: the temporary site did not do its part.
    """
    jobs, steps, rounds = options["jobs"], options["steps"], options["rounds"]
    write(f"{jobs} one-image jobs of {options['people']} people, starter checkpoint, {steps} steps, on this machine")
    write("a round is timed from the moment the queue opens until the last job has succeeded\n")
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    calls: dict[str, str] = {}
    with BenchSite(workers=[_worker(way, number) for number, way in enumerate(WAYS, start=1)]) as site:
        people = [User.objects.create(username=f"person{number}") for number in range(options["people"])]
        for number in range(rounds + 1):
            for way in WAYS:
                rate, sizes = measure(site, people, way, jobs, steps)
                calls[way] = sizes
                if number:  # the first of each only warms up
                    rates[way].append(rate)
                    write(f"round {number}, batching {way:>3}: {rate:6.2f} images a second, together {sizes}")
    off, on = (statistics.median(rates[way]) for way in WAYS)
    ratios = sorted(each / other for each, other in zip(rates["on"], rates["off"], strict=True))
    write(f"\nmedian: off {off:.2f}, on {on:.2f} images a second, ratio {on / off:.2f}")
    write(f"ratio of each pair of rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


def _worker(way: str, number: int) -> Part:
    plain = worker_part(1, Maintenance())
    return replace(
        plain,
        name=f"worker-{way}",
        command=lambda identity: [word for word in plain.command(identity) if word not in _other_lanes(way)],
        environ={**plain.environ, "SDSITE_BATCHING": way},
    )


def _other_lanes(way: str) -> set[str]:
    return set(settings.LANES) - {WAYS[way]}


def measure(site: BenchSite, people: list[User], way: str, jobs: int, steps: int) -> tuple[float, str]:
    """Return the images a second of one round, and how many were drawn together in each call."""
    from gallery.models import Image

    # Written directly: to pause through the counter is an administrator's deed, which the audit trail keeps.
    QueueState.objects.update_or_create(pk=1, defaults={"paused": True})
    made = [
        submit_job(
            credentials=Credentials(people[number % len(people)]),
            parameters=GenerationParameters(prompt=PROMPTS[number % len(PROMPTS)], steps=steps),
            source=Job.Source.COMMAND,
            lane=WAYS[way],
        ).pk
        for number in range(jobs)
    ]
    queue_control.set_state(actor=site.owner, paused=False)
    began = time.monotonic()
    tickets.wake(WAYS[way])
    mine = Job.objects.filter(pk__in=made)
    site.until(lambda: not mine.unfinished().exists(), "the jobs to end", JOB_SECONDS)
    seconds = time.monotonic() - began
    if (succeeded := mine.filter(status=Job.Status.SUCCEEDED).count()) != jobs:
        raise BenchFailed(f"Only {succeeded} of {jobs} jobs succeeded.")
    receipts = Image.objects.filter(job_id__in=made).values_list("receipt", flat=True)
    sizes = sorted((receipt["batch_size"] for receipt in receipts), reverse=True)
    return jobs / seconds, ", ".join(f"{sizes.count(size)} by {size}" for size in dict.fromkeys(sizes))
