"""Throughput of one-image jobs of several users, generated one by one and in shared calls."""

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

# One worker with batching on and one with it off, each on a lane of its own, so that rounds of both can alternate.
LANES = {"off": Job.Lane.BATCH, "on": Job.Lane.INTERACTIVE}
PROMPTS = ("a red heart", "a cat", "a blue star", "an owl", "a green leaf", "a dog", "a yellow sun", "a fox")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--jobs", type=int, default=16, help="One-image jobs of a round.")
    parser.add_argument("--people", type=int, default=8, help="Users who own them, in turn.")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument(
        "--learning", type=int, default=3, help="Rounds before those, in which the site tries batch sizes."
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="Rounds with and without batching, in turn; the median counts."
    )


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Run rounds of jobs with and without batching, in turn, and print images a second and their ratio.

    Raises:
        BenchFailed: the temporary site failed.
    """
    jobs, steps, rounds, learning = (options[name] for name in ("jobs", "steps", "rounds", "learning"))
    write(f"{jobs} one-image jobs of {options['people']} people, starter checkpoint, {steps} steps, on this host")
    write("a round is timed from the moment the queue opens until the last job has succeeded\n")
    rates: dict[str, list[float]] = {batching: [] for batching in LANES}

    with BenchSite(workers=[_worker(batching) for batching in LANES]) as site:
        people = [User.objects.create(username=f"person{number}") for number in range(options["people"])]
        for number in range(1 - learning, rounds + 1):
            for batching in LANES:
                rate, sizes = measure(site, people, batching, jobs, steps)
                if number > 0:
                    rates[batching].append(rate)
                name = f"round {number}" if number > 0 else "learning"
                write(f"{name}, batching {batching:>3}: {rate:6.2f} images a second, together {sizes}")
    off, on = (statistics.median(rates[batching]) for batching in LANES)
    ratios = sorted(each / other for each, other in zip(rates["on"], rates["off"], strict=True))
    write(f"\nmedian: off {off:.2f}, on {on:.2f} images a second, ratio {on / off:.2f}")
    write(f"ratio of each pair of rounds: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


def _worker(batching: str) -> Part:
    plain = worker_part(1, Maintenance())
    return replace(
        plain,
        name=f"worker-{batching}",
        command=lambda identity: [word for word in plain.command(identity) if word not in _other_lanes(batching)],
        environ={**plain.environ, "SDSITE_BATCHING": batching},
    )


def _other_lanes(batching: str) -> set[str]:
    return set(settings.LANES) - {LANES[batching]}


def measure(site: BenchSite, people: list[User], batching: str, jobs: int, steps: int) -> tuple[float, str]:
    """Return the images a second of one round, and the batch sizes of its calls."""
    from gallery.models import Image

    # Written directly: pausing through `queue_control` writes an entry to the audit log.
    QueueState.objects.update_or_create(pk=1, defaults={"paused": True})
    made = [
        submit_job(
            credentials=Credentials(people[number % len(people)]),
            parameters=GenerationParameters(prompt=PROMPTS[number % len(PROMPTS)], steps=steps),
            source=Job.Source.COMMAND,
            lane=LANES[batching],
        ).pk
        for number in range(jobs)
    ]
    queue_control.set_state(actor=site.owner, paused=False)
    began = time.monotonic()
    tickets.wake(LANES[batching])
    mine = Job.objects.filter(pk__in=made)
    site.until(lambda: not mine.unfinished().exists(), "the jobs to end", JOB_SECONDS)
    seconds = time.monotonic() - began
    if (succeeded := mine.filter(status=Job.Status.SUCCEEDED).count()) != jobs:
        raise BenchFailed(f"Only {succeeded} of {jobs} jobs succeeded.")
    receipts = Image.objects.filter(job_id__in=made).values_list("receipt", flat=True)
    sizes = sorted((receipt["batch_size"] for receipt in receipts), reverse=True)
    return jobs / seconds, ", ".join(f"{sizes.count(size)} by {size}" for size in dict.fromkeys(sizes))
