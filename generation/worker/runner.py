"""The story of one claim, told once, top to bottom."""

import logging
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from gallery.models import Image
from generation.jobs import estimate, reaper
from generation.jobs.lifecycle import move
from generation.models import Checkpoint, Job
from generation.parameters import catalog
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import CheckpointSource, GenerationCancelled, GenerationError, Timings
from generation.worker.finishing import finish_image
from generation.worker.hooks import JobHooks
from generation.worker.lease import Lease, Stop
from generation.worker.station import Station

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another attempt holds the job; nothing more may be written for it."""


def run(job: Job, station: Station) -> None:
    """Draw what is missing of `job`, store it, and move the job to its end; never raises."""
    lease = station.take(job)
    timings = Timings()
    began = time.monotonic()
    try:
        drawn = _draw(lease, station, timings)
        _succeed(lease, timings, drawn)
        if job.checkpoint and not job.checkpoint.sha256:
            station.finishers.submit(_note_checksum, job.checkpoint)
        outcome = f"succeeded, drew {drawn} images"
    except GenerationCancelled:
        outcome = _stopped(lease)
    except LeaseLost:
        outcome = "left to another attempt"
    except GenerationError as error:
        _fail(lease, error.code, error.message)
        outcome = f"failed with {error.code}: {error.message}"
    except Exception as error:  # a bug or a broken checkpoint must not take the worker with it
        logger.exception("job %s: unexpected failure", job.pk)
        _fail(lease, "internal_error", "Something went wrong inside the site; the log of the worker says what.")
        outcome = f"failed with internal_error: {error!r:.200}"
    finally:
        station.release()
    parts = ", ".join(f"{part} {seconds:.3f} s" for part, seconds in timings.seconds.items())
    logger.info(
        "job %s: %s; %s; %s; %.3f s in all", job.pk, outcome, _description(job), parts, time.monotonic() - began
    )


def source_of(checkpoint: Checkpoint | None, slug: str) -> CheckpointSource:
    """Return where the weights of a checkpoint lie; relative paths start at the checkpoints folder.

    Raises:
        GenerationError: `checkpoint_missing`, the row was deleted.
    """
    if checkpoint is None:
        raise GenerationError("checkpoint_missing", f"The checkpoint {slug} was removed from the site.")
    location = checkpoint.location
    if checkpoint.kind != Checkpoint.Kind.HUB:
        location = str(Path(settings.MODELS_DIR, location))  # an absolute location stays as it is
    return CheckpointSource(slug=checkpoint.slug, kind=checkpoint.kind, location=location, revision=checkpoint.revision)


def batches_of(parameters: ResolvedParameters, missing: list[int], family: str) -> list[list[int]]:
    """Split the missing indices into batches that are denoised together."""
    wanted = parameters.batch_size or catalog.FAMILIES[family].batch_size
    size = wanted if settings.ENV["SDSITE_BATCHING"] and parameters.reproducible != "strict" else 1
    return [missing[start : start + size] for start in range(0, len(missing), size)]


def _draw(lease: Lease, station: Station, timings: Timings) -> int:
    """Draw and store every image that the job still lacks; return how many were drawn."""
    from generation.pipelines import diffusion  # torch comes with it, and only a worker that draws needs it

    job = lease.job
    parameters = job.resolved()
    source = source_of(job.checkpoint, parameters.checkpoint)
    stored = set(Image.objects.filter(job_id=job.pk).values_list("index", flat=True))
    missing = [index for index in range(parameters.count) if index not in stored]
    batches = batches_of(parameters, missing, job.checkpoint.family if job.checkpoint else "")
    storing: list[Future[Image | None]] = []
    for number, indices in enumerate(batches):
        hooks = JobHooks(lease, batch=number, batches=len(batches))
        began, loaded = time.monotonic(), timings.seconds.get("load", 0.0)
        images = diffusion.generate(source, parameters, indices=indices, hooks=hooks, timings=timings)
        station.checkpoint = source.slug
        loading = timings.seconds.get("load", 0.0) - loaded  # the checkpoint's cost, not the picture's
        seconds = (time.monotonic() - began - loading) / len(images)
        # The next batch is denoised while this one is encoded and stored.
        storing += [
            station.finishers.submit(finish_image, lease, parameters, image, seconds=seconds, device=station.device)
            for image in images
        ]
    began = time.monotonic()
    if any(future.result() is None for future in storing):
        raise LeaseLost
    timings.add("store", time.monotonic() - began)
    return len(missing)


def _succeed(lease: Lease, timings: Timings, drawn: int) -> None:
    job = lease.job
    fields: dict[str, Any] = {"timings": timings.seconds, "step": lease.total, "total": lease.total}
    if not move(job.pk, Job.Status.SUCCEEDED, held=job.attempt, sequence=lease.sequence, **fields):
        raise LeaseLost
    if job.checkpoint is None or not drawn:
        return
    Checkpoint.objects.filter(pk=job.checkpoint.pk).exclude(last_error="").update(last_error="")
    # Of a job that was taken up again only the rest was drawn and measured.
    units = estimate.work_units(job.resolved()) * drawn / job.count
    estimate.learn(job.checkpoint.pk, seconds=timings.seconds.get("denoise", 0.0), units=units)


def _note_checksum(checkpoint: Checkpoint) -> None:
    """Write the checksum of a checkpoint that drew for the first time; reads every byte, so not in the loop."""
    from generation.pipelines import inspecting  # beside the machines: only workers get here

    try:
        digest = inspecting.checksum(source_of(checkpoint, checkpoint.slug))
    except OSError as error:
        logger.warning("no checksum of %s: %s", checkpoint.slug, error)
        return
    Checkpoint.objects.filter(pk=checkpoint.pk, location=checkpoint.location).update(sha256=digest)
    checkpoint.sha256 = digest


def _stopped(lease: Lease) -> str:
    job = lease.job
    if lease.stop is Stop.CANCELLED:
        move(job.pk, Job.Status.CANCELLED, held=job.attempt, sequence=lease.sequence)
    elif lease.stop is Stop.HANDED_BACK:
        reaper.hand_back(job, sequence=lease.sequence)
    return lease.stop.value if lease.stop else "stopped"


def _fail(lease: Lease, code: str, message: str) -> None:
    job = lease.job
    if job.checkpoint_id and code.startswith("checkpoint_"):
        Checkpoint.objects.filter(pk=job.checkpoint_id).update(last_error=f"{timezone.now():%F %T} {code}: {message}")
    failed: dict[str, Any] = {"error_code": code, "error_message": message}
    move(job.pk, Job.Status.FAILED, held=job.attempt, sequence=lease.sequence, **failed)


def _description(job: Job) -> str:
    asked = job.parameters
    return (
        f"{asked['checkpoint']} {asked['width']}x{asked['height']} {asked['steps']} steps {asked['sampler']} "
        f"x{asked['count']}, attempt {job.attempt}"
    )
