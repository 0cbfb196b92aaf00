"""Overhead of a job over the bare pipeline call: previews, events, storing, bookkeeping."""

import json
import statistics
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import IO, Any

from django.conf import settings

from generation.models import Job
from generation.parameters.nested import PreviewParameters
from generation.parameters.schema import GenerationParameters
from sdsite.devtools.bench.site import BenchFailed, BenchSite

BARE = "sdsite.devtools.bench.bare_pipeline"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--runs", type=int, default=7, help="Runs of each kind; the median counts.")
    parser.add_argument("--counts", default="1,4", help="Images a job, comma separated.")
    parser.add_argument("--steps", type=int, default=20)


class BarePipeline:
    """A process with the worker's settings that generates by the bare pipeline call, one request a line."""

    def __init__(self) -> None:
        """Start it; it loads the checkpoint at the first request."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", BARE, settings.ENV["SDSITE_DEVICE"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def generate(self, job: Job) -> float:
        """Generate the images of `job` again and return the seconds that took.

        Raises:
            BenchFailed: the process died.
        """
        assert job.checkpoint is not None
        checkpoint = job.checkpoint
        source = {"slug": checkpoint.slug, "kind": checkpoint.kind, "location": checkpoint.location}
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        into.write(json.dumps({"source": source, "parameters": job.parameters}) + "\n")
        into.flush()
        return self._answer(out)

    @staticmethod
    def _answer(out: IO[str]) -> float:
        line = out.readline()
        if not line:
            raise BenchFailed("The process that generates by the bare pipeline call died.")
        return float(json.loads(line)["seconds"])

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Generate the same images as jobs and by bare calls, in turn, and print the medians and their ratio.

    Raises:
        BenchFailed: one of the two failed.
    """
    counts = [int(count) for count in options["counts"].split(",")]
    write(f"starter checkpoint, {options['steps']} steps, a preview of every image at every step, on this host")
    write(f"median of {options['runs']} runs each; a job is timed from RUNNING to SUCCEEDED\n")
    write(f"{'images':>6} {'bare call':>10} {'job':>10} {'ratio':>6}   parts of the job in seconds")
    with BenchSite() as site:
        bare = BarePipeline()
        try:
            for count in counts:
                requested = GenerationParameters(
                    prompt="a red heart",
                    steps=options["steps"],
                    count=count,
                    seed=7,
                    preview=PreviewParameters(every=1),
                )
                calls, jobs = measure(site, bare, requested, options["runs"])
                call, job = statistics.median(calls), statistics.median(job_seconds(one) for one in jobs)
                write(f"{count:>6} {call:>8.3f} s {job:>8.3f} s {job / call:>6.3f}   {parts_of(jobs)}")
        finally:
            bare.close()


def measure(
    site: BenchSite, bare: BarePipeline, requested: GenerationParameters, runs: int
) -> tuple[list[float], list[Job]]:
    """Return the seconds of the bare calls, and the jobs; a first run of each only warms up and is left out."""
    calls: list[float] = []
    jobs: list[Job] = []
    for _ in range(runs + 1):
        jobs.append(site.generate(requested))
        calls.append(bare.generate(jobs[-1]))
    return calls[1:], jobs[1:]


def job_seconds(job: Job) -> float:
    """Return the seconds of `job` from RUNNING to SUCCEEDED."""
    assert job.started_at is not None
    assert job.finished_at is not None
    return (job.finished_at - job.started_at).total_seconds()


def parts_of(jobs: list[Job]) -> str:
    """Return the parts of the jobs' time: medians of the worker's timings, and the rest."""
    names = list(jobs[0].timings)
    parts = {name: statistics.median(job.timings.get(name, 0.0) for job in jobs) for name in names}
    parts["rest"] = statistics.median(job_seconds(job) - sum(job.timings.values()) for job in jobs)
    return ", ".join(f"{name} {seconds:.3f}" for name, seconds in parts.items())
