"""Duration of claims, submits and queue positions with 100 and with 100,000 queued jobs, of one user and of many."""

import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import connection

from generation.events import publish
from generation.jobs import notifications
from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue import eta, tickets
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.devtools.bench import fixtures
from sdsite.devtools.bench.site import BenchFailed
from sdsite.server.processes import queue_parts
from sdsite.server.supervisor import Supervisor

OWN_DATABASE = True  # created and dropped by this measurement, so DATABASE_URL may name its server
LIMIT = 1.5

Measured = dict[str, list[float]]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--short", type=int, default=100, help="Jobs of the short queue.")
    parser.add_argument("--long", type=int, default=100_000, help="Jobs of the long queue.")
    parser.add_argument("--owners", type=int, default=1000, help="Owners of the jobs of many users.")
    parser.add_argument("--runs", type=int, default=60, help="Calls of each kind; the median counts.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Time every operation in both queues, in turn, and print medians and ratios.

    Raises:
        BenchFailed: the embedded Valkey did not start.
    """
    short, long, runs = options["short"], options["long"], options["runs"]
    supervisor = Supervisor([replace(part, shown=False) for part in queue_parts()])
    with fixtures.database(), supervisor.handling_signals():
        try:
            if not supervisor.start():
                raise BenchFailed("Valkey did not start; the lines above say why.")
            write(f"{connection.vendor}, medians of {runs} calls in ms, events included; limit for a claim x {LIMIT}\n")
            write(f"{'queued':>24} {'operation':>16} {short:>9,} {long:>9,} {'ratio':>6}")
            for title, count in (("jobs of one user", 1), ("jobs of many users", options["owners"])):
                few, many = _measure(short, count, runs), _measure(long, count, runs)
                for operation in few:
                    report(write, title, operation, few[operation], many[operation])
            publish.drain()
        finally:
            supervisor.stop()


def report(write: Callable[[str], object], title: str, operation: str, few: list[float], many: list[float]) -> None:
    """Print one row."""
    before, after = (1000 * statistics.median(seconds) for seconds in (few, many))
    write(f"{title:>24} {operation:>16} {before:>9.2f} {after:>9.2f} {after / before:>6.2f}")


def _measure(waiting: int, count: int, runs: int) -> Measured:
    """Return the seconds of every call of each operation in a queue of about `waiting` jobs of `count` users."""
    owners = fixtures.people(min(count, waiting))
    fixtures.fill(owners, waiting, seconds=lambda number: 1.0 + number % 7)
    measured: Measured = {}
    for number in range(runs + 1):  # the first round warms up
        for operation, seconds in _round(owners[number % len(owners)]).items():
            measured.setdefault(operation, []).append(seconds)
    fixtures.clear()
    return {operation: seconds[1:] for operation, seconds in measured.items()}


def _round(owner: User) -> dict[str, float]:
    """Time each operation once; the queue has the same length afterwards."""
    requested = GenerationParameters(prompt="a red heart", seed=7)
    lanes = settings.LANES
    jobs: list[Job | None] = []
    seconds = {
        "claim": _timed(lambda: jobs.append(claim(worker="bench", lanes=lanes))),
        "claim, loaded": _timed(lambda: jobs.append(claim(worker="bench", lanes=lanes, loaded=["starter"]))),
        "submit": _timed(
            lambda: submit_job(credentials=Credentials(owner), parameters=requested, source=Job.Source.COMMAND)
        ),
        "wake_idle_lanes": _timed(tickets.wake_idle_lanes),
        "publish_positions": _timed(notifications.publish_positions),
        "places": _timed(eta.places),
    }
    submit_job(credentials=Credentials(owner), parameters=requested, source=Job.Source.COMMAND)
    for job in jobs:
        if job is None:
            raise BenchFailed("A claim found nothing in a queue full of jobs.")
        move(job.pk, Job.Status.SUCCEEDED, held=job.attempt, used_seconds=job.predicted_seconds)
    return seconds


def _timed(operation: Callable[[], object]) -> float:
    began = time.perf_counter()
    operation()
    return time.perf_counter() - began
