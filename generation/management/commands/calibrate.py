"""`manage.py calibrate`: measure how fast a checkpoint is at several sizes and batch sizes, in a quiet moment."""

import argparse
import re
import time
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError
from redis import RedisError

from generation.errors import JobRefused, refusal_from_validation
from generation.jobs.cancel import cancel_job
from generation.jobs.submission.calibrate import Cell, grid, submit_cell, usual_sizes
from generation.models import Checkpoint, Job, MeasuredSpeed
from generation.models.job import JobQuerySet
from generation.queue.workers import live_workers
from sdsite.accounts.models import User

POLL_SECONDS = 0.2
LEARN_SECONDS = 10.0
CANCEL_SECONDS = 30.0
COLUMNS = "{:>22} {:>11} {:>8} {:>10} {:>10} {:>9} {:>6}"


class Yielded(Exception):
    """Somebody else's job waits, so a cell was stopped."""


class Command(BaseCommand):
    """Queues one job for each cell; a worker of the running site measures it as it measures every job."""

    help = (
        "Measure how fast a checkpoint is at several sizes and batch sizes. Needs a running worker and an idle queue."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("checkpoint", nargs="?", help="Slug; default: the site's default checkpoint.")
        parser.add_argument("--sizes", type=_sizes, help="Such as 512x512,1024x1024; default: around its own size.")
        parser.add_argument("--batches", type=_numbers, default=[1, 2, 4], help="Batch sizes (1,2,4).")
        parser.add_argument("--steps", type=int, default=8, help="Steps of each call (8).")
        parser.add_argument(
            "--runs", type=int, default=3, help="Measured calls of each cell, after one to warm up (3)."
        )
        parser.add_argument("--minutes", type=float, default=10.0, help="Stop after this time (10).")
        parser.add_argument("--user", default="admin", help="Whose GPU time it counts as (admin).")

    def handle(self, *args: Any, **options: Any) -> None:
        self.options = options
        self.deadline = time.monotonic() + 60 * options["minutes"]
        self.owner = _find_user(options["user"])
        self.checkpoint = _find_checkpoint(options["checkpoint"])
        _require_worker()
        if waiting := Job.objects.unfinished().count():
            raise CommandError(f"{waiting} other jobs wait or run. Calibrate in a quiet moment.")
        cells = grid(options["sizes"] or usual_sizes(self.checkpoint), options["batches"])
        measured = [cell for cell in cells if self._measure(cell)]
        self._print(measured)
        if left := len(cells) - len(measured):
            self.stdout.write(f"{left} of {len(cells)} cells were not measured.")

    def _measure(self, cell: Cell) -> bool:
        """Measure one cell, again after each time that it made room for others; return whether it succeeded."""
        name = f"{cell.width}x{cell.height}, {cell.images} together"
        while self._wait_for_quiet():
            try:
                job = self._run(cell)
            except Yielded:
                self.stdout.write(f"{name}: other jobs wait, starting again when they are done")
                continue
            except ValidationError as error:
                raise CommandError(refusal_from_validation(error).message) from error
            except JobRefused as refused:
                self.stdout.write(f"{name}: {refused.message}")
                return False
            if job.status == Job.Status.SUCCEEDED:
                self._wait_until_learned(cell, job)
                self.stdout.write(f"{name}: measured")
                return True
            self.stdout.write(f"{name}: {job.error_message or 'the time is over'}")
            return False
        self.stdout.write(f"{name}: the time is over")
        return False

    def _wait_until_learned(self, cell: Cell, job: Job) -> None:
        """Wait until the worker has written what it measured, which it does once the job has ended."""
        rows = MeasuredSpeed.objects.filter(
            checkpoint=self.checkpoint, images=cell.images, measured_at__gte=job.created_at
        )
        limit = time.monotonic() + LEARN_SECONDS
        while not rows.of_size(cell.width, cell.height).exists() and time.monotonic() < limit:
            time.sleep(POLL_SECONDS)

    def _run(self, cell: Cell) -> Job:
        """Return the job of a cell once it has ended.

        Raises:
            JobRefused: it cannot be asked for.
            Yielded: another job waits.
        """
        options = self.options
        job = submit_cell(
            cell, owner=self.owner, checkpoint=self.checkpoint, steps=options["steps"], runs=options["runs"]
        )
        try:
            while time.monotonic() < self.deadline:
                job.refresh_from_db()
                if job.is_finished:
                    return job
                if _others().filter(status=Job.Status.QUEUED).exists():
                    raise Yielded
                time.sleep(POLL_SECONDS)
            return job
        finally:
            self._end(job)

    def _end(self, job: Job) -> None:
        """Cancel a job that has not ended, and wait until the worker has let go of it."""
        job.refresh_from_db()
        if not job.is_finished:
            with suppress(JobRefused):  # it ended at this moment
                cancel_job(job=job, actor=self.owner)
        limit = time.monotonic() + CANCEL_SECONDS
        while not job.is_finished and time.monotonic() < limit:
            time.sleep(POLL_SECONDS)
            job.refresh_from_db()

    def _wait_for_quiet(self) -> bool:
        """Wait until no other job waits or runs; return whether that came before the deadline."""
        while time.monotonic() < self.deadline:
            if not _others().exists():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _print(self, cells: list[Cell]) -> None:
        steps = self.checkpoint.steps
        title = ("device", "size", "together", "s a step", "s beside", "images/s", "gain")
        self.stdout.write(f"\n{self.checkpoint.slug}; images a second at its {steps} steps\n" + COLUMNS.format(*title))
        rows = MeasuredSpeed.objects.filter(checkpoint=self.checkpoint).order_by("hardware", "size_class", "images")
        wanted = {(cell.width, cell.height) for cell in cells}
        alone: dict[tuple[str, int], float] = {}
        for row in rows:
            rate = row.images_per_second(steps)
            if row.images == 1:
                alone[row.hardware, row.size_class] = rate
            if (row.width, row.height) not in wanted:
                continue
            one = alone.get((row.hardware, row.size_class))
            numbers = (f"{row.step_seconds:.4g}", f"{row.rest_seconds or 0:.4g}", f"{rate:.4g}")
            size = f"{row.width}x{row.height}"
            gain = f"{rate / one:.2f}" if one else "-"
            self.stdout.write(COLUMNS.format(row.hardware[-22:], size, row.images, *numbers, gain))


def _others() -> JobQuerySet:
    return Job.objects.unfinished().exclude(source=Job.Source.CALIBRATE)


def _find_user(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user named {username!r}; choose one with --user.")
    return user


def _find_checkpoint(slug: str | None) -> Checkpoint:
    rows = Checkpoint.objects.enabled()
    checkpoint = rows.filter(slug=slug).first() if slug else rows.first()
    if checkpoint is None:
        raise CommandError(f"There is no enabled checkpoint named {slug!r}." if slug else "There is no checkpoint.")
    return checkpoint


def _require_worker() -> None:
    try:
        alive = live_workers()
    except RedisError as error:
        raise CommandError(f"The queue does not answer: {error}") from error
    if not alive:
        raise CommandError("No worker is running: start the site first.")


def _sizes(text: str) -> list[tuple[int, int]]:
    """Return sizes from text such as 512x512,1024x1024."""
    found = [re.fullmatch(r"(\d{1,5})x(\d{1,5})", word.strip()) for word in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list such as 512x512,1024x1024")
    return [(int(match[1]), int(match[2])) for match in found if match]


def _numbers(text: str) -> list[int]:
    """Return batch sizes from text such as 1,2,4."""
    words = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and 1 <= int(word) <= 16 for word in words):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers from 1 to 16, such as 1,2,4")
    return [int(word) for word in words]
