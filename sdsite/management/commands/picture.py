"""`manage.py picture "a red heart"`: generates images from the terminal, as a job like any other."""

import argparse
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError
from redis import RedisError

from gallery.models import Image
from generation.errors import JobRefused, refusal_from_validation
from generation.jobs.cancel import cancel_job
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue.workers import live_workers
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.management.progress_bar import Bar, StepListener
from sdsite.server import bootstrap, valkey
from sdsite.server.processes import Maintenance, queue_parts, worker_part
from sdsite.server.supervisor import Supervisor, say

POLL_SECONDS = 0.1
STARTING_SECONDS = 60.0
CANCEL_SECONDS = 15.0
INTERRUPTED = 130
PARAMETERS = ("prompt", "checkpoint", "steps", "seed", "count")


class Command(BaseCommand):
    """Uses the running site; where none runs, queue and worker are started for this job and ended after it."""

    help = "Generate an image, save it as a file and print its path."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("prompt", help='Prompt, such as "a red heart".')
        parser.add_argument("--checkpoint", help="Slug; default: the site's default checkpoint.")
        parser.add_argument("--steps", type=int)
        parser.add_argument("--seed", type=int)
        parser.add_argument("--count", type=int, default=1)
        parser.add_argument("--output", type=Path, help="File or folder; default: a name from the prompt, here.")
        parser.add_argument("--user", default=bootstrap.ADMINISTRATOR, help="Owner of the image.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            requested = GenerationParameters(**{name: options[name] for name in PARAMETERS})
            with temporary_site() as supervisor:
                owner = User.objects.filter(username=options["user"], is_active=True).first()
                if owner is None:
                    raise CommandError(f"There is no active user named {options['user']!r}; choose one with --user.")
                job = JobRunner(supervisor, owner).run(requested)
                for path in save(job, options["output"]):
                    self.stdout.write(str(path))
        except ValidationError as error:
            raise CommandError(refusal_from_validation(error).message) from error
        except JobRefused as error:
            raise CommandError(error.message) from error
        except (bootstrap.CannotStart, valkey.ValkeyMissing) as error:
            raise CommandError(str(error)) from error


@contextmanager
def temporary_site() -> Iterator[Supervisor]:
    """Ensure that queue and worker run while the context lasts; yield the supervisor of those started here.

    Raises:
        CannotStart: they could not be started, or a site that is starting does not get ready.
    """
    maintenance = Maintenance()
    worker = replace(worker_part(1, maintenance), shown=False)
    with ExitStack() as stack:
        try:
            stack.enter_context(bootstrap.lock(settings.DATA_DIR))
        except bootstrap.CannotStart:
            # A site runs on this data folder, or is starting; it has workers of its own.
            if not valkey.wait_until_answers(settings.REDIS_URL, alive=lambda: True, seconds=STARTING_SECONDS):
                raise
            supervisor = Supervisor([])
        else:
            bootstrap.check_space(settings.DATA_DIR)
            bootstrap.prepare(static=False)
            say("No site runs here: starting queue and worker for this image.")
            supervisor = Supervisor([*queue_parts(), *([] if _has_worker() else [worker])])
        stack.enter_context(supervisor.handling_signals())
        stack.callback(_end, supervisor, maintenance)
        started = supervisor.start()
        maintenance.start()
        if not started:
            raise bootstrap.CannotStart("Queue and worker could not be started; the lines above say why.")
        yield supervisor


def _has_worker() -> bool:
    """Whether a worker on another machine uses the Redis that REDIS_URL names."""
    try:
        return bool(settings.ENV["REDIS_URL"]) and bool(live_workers())
    except RedisError as error:
        raise bootstrap.CannotStart(f"The Redis that REDIS_URL names does not answer: {error}") from error


def _end(supervisor: Supervisor, maintenance: Maintenance) -> None:
    supervisor.stop()
    if maintenance.is_alive():
        maintenance.finish()


class JobRunner:
    """Submits one job and waits until it has finished, with a progress bar."""

    def __init__(self, supervisor: Supervisor, owner: User) -> None:
        """Prepare a job of `owner`."""
        self.supervisor = supervisor
        self.owner = owner
        self.bar = Bar()
        self._give_up_at = float("inf")

    def run(self, requested: GenerationParameters) -> Job:
        """Submit `requested`, follow it, and return the job once it has succeeded.

        Raises:
            CommandError: it failed (exit code 1) or was cancelled (130).
            JobRefused: the request was refused.
        """
        listener = StepListener(self.owner.pk)
        try:
            job = submit_job(credentials=Credentials(self.owner), parameters=requested, source=Job.Source.COMMAND)
            while not job.is_finished:
                self._step(job, listener)
        finally:
            listener.close()
            self.bar.end()
        if job.status == Job.Status.CANCELLED:
            raise CommandError("Cancelled.", returncode=INTERRUPTED)
        if job.status == Job.Status.FAILED:
            raise CommandError(f"{job.error_message} ({job.error_code})")
        return job

    def _step(self, job: Job, listener: StepListener) -> None:
        self.supervisor.step(POLL_SECONDS)
        job.refresh_from_db()
        if self.supervisor.stop_requests and self._give_up_at == float("inf"):
            self._give_up_at = time.monotonic() + CANCEL_SECONDS
            cancel_job(job=job, actor=self.owner)
        if self.supervisor.stop_requests > 1 or time.monotonic() > self._give_up_at:
            raise CommandError("Interrupted; the job is marked as cancelled.", returncode=INTERRUPTED)
        if self.supervisor.failing():
            cancel_job(job=job, actor=self.owner)
            raise CommandError("The worker cannot be kept alive; the lines above say why.")
        step, total = max(listener.step_of(job.pk), (job.step, job.total))
        if job.status == Job.Status.QUEUED:
            self.bar.show("Waiting for a worker")
        else:
            self.bar.show("Generating", step, total)


def save(job: Job, output: Path | None) -> list[Path]:
    """Copy the images of `job` out of the storage and return their paths; a chosen name never overwrites a file."""
    images = list(Image.objects.kept().of_job(job.pk))
    paths: list[Path] = []
    for number, image in enumerate(images, start=1):
        target = _target(output, job.prompt, image.format, number if len(images) > 1 else None)
        target.parent.mkdir(parents=True, exist_ok=True)
        with default_storage.open(image.file, "rb") as stored, target.open("wb") as file:
            shutil.copyfileobj(stored, file)
        paths.append(target.absolute())
    return paths


def _target(output: Path | None, prompt: str, ending: str, number: int | None) -> Path:
    if output is not None and not output.is_dir():
        return output if number is None else output.with_stem(f"{output.stem}-{number}")
    name = re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:60] or "image"
    folder = output or Path()
    counter = number or 1
    path = folder / (f"{name}-{number}.{ending}" if number else f"{name}.{ending}")
    while path.exists():
        counter += 1
        path = folder / f"{name}-{counter}.{ending}"
    return path
