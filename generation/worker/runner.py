"""The story of one claim, told once, top to bottom."""

import logging
from collections import deque
from dataclasses import replace
from functools import partial

from gallery.models import Image
from generation.checkpoints.sources import note_checksum
from generation.errors import GenerationCancelled, GenerationError
from generation.jobs.batch_companions import claim_companions
from generation.models import Job
from generation.parameters.per_image import originals
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.protocol import GeneratedImage, PartResult, Timings
from generation.worker import safety
from generation.worker.batch import Batch, Share, batch_size, companion_capacity, plan_batches
from generation.worker.db_retry import CONNECTION_ERRORS, retry_while_database_down
from generation.worker.inputs import load_input_images, open_input_images, weights_for
from generation.worker.lease import Lease, LeaseLost
from generation.worker.session import WorkerSession
from generation.worker.store_images import BROKEN

logger = logging.getLogger(__name__)


def run(job: Job, station: WorkerSession) -> None:
    """Draw what is missing of `job`, and of jobs that fit beside it, and see each of them to its end; never raises.

    Returns when everything is drawn; the last images may still be on their way to the wall.
    """
    lead = station.take(job, leads=True)
    leases = [lead]
    try:
        batches = deque(_plan(lead, leases, station))
        while batches:
            batch = batches.popleft().wanted()
            if batch.shares:
                batches.extendleft(reversed(_draw(batch, station)))
    except LeaseLost:
        logger.debug("job %s was lost before it was drawn", job.pk)
    except Exception:  # a bug or a broken row must not take the worker with it
        logger.exception("job %s: unexpected failure", job.pk)
        _fail(leases, BROKEN)
    for lease in leases:
        lease.drawing = False
        station.conclude(lease)
    if job.checkpoint and not job.checkpoint.sha256 and (lead.storing or lead.drew):
        station.finishers.submit(note_checksum, job.checkpoint)


def _plan(lead: Lease, leases: list[Lease], station: WorkerSession) -> list[Batch]:
    """Return what is drawn together; `leases` grows by the companions that were found."""
    own = _drawn(_share(lead), station)
    if not own.indices:
        return []
    size = batch_size(lead.job, own.parameters)
    beside = _companions(lead, leases, station, companion_capacity(len(own.indices), size))
    batches = plan_batches(own, beside, size)
    lead.batches = len(batches)
    return batches


def _companions(lead: Lease, leases: list[Lease], station: WorkerSession, room: int) -> list[Share]:
    """Claim jobs of together at most `room` images that can be drawn beside the lead's; `leases` grows by them."""
    found: list[Share] = []
    if station.draining:
        return found
    try:
        for job in claim_companions(lead.job, worker=station.name, lanes=station.lanes, most_images=room):
            lease = station.take(job)
            leases.append(lease)
            try:
                found.append(_share(lease))
            except Exception:  # what is wrong with one of them is nobody else's fault
                logger.exception("job %s: unexpected failure", job.pk)
                _fail([lease], BROKEN)
    except CONNECTION_ERRORS as error:
        logger.warning("no more companions, the database is away: %s", error)
    return [share for share in found if share.indices]


def _share(lease: Lease) -> Share:
    """Return what is still to be drawn of a job."""
    stored = retry_while_database_down(
        lambda: list(Image.objects.of_job(lease.pk).values_list("index", flat=True)), lease
    )
    retry_while_database_down(lambda: safety.look_up_policy(lease), lease)
    parameters, missing = lease.plan(stored)
    return Share(lease, parameters, tuple(missing))


def _drawn(share: Share, station: WorkerSession) -> Share:
    """Return the images of `share` that are really drawn; the kept original only has to be stored."""
    kept = [index for index in share.indices if index < originals(share.parameters)]
    if kept:
        _keep_original(share.lease, share.parameters, station)
    return replace(share, indices=tuple(index for index in share.indices if index not in kept))


def _draw(batch: Batch, station: WorkerSession) -> list[Batch]:
    """Draw one batch and hand the pictures on; return what must be drawn in smaller ones instead.

    A shortage of memory halves the batch. What nobody foresaw is the fault of one job at most: which one, shows when
    each is drawn alone.
    """
    input_images, failures = load_input_images(batch)
    for lease, failure in failures:
        _fail([lease], failure)
    batch = batch.without([lease for lease, _ in failures])
    if not batch.shares:
        return []
    leases, timings = [share.lease for share in batch.shares], Timings()
    try:
        parts = batch.parts(input_images)
        source, assets = weights_for(leases[0].job, parts)
        drawn = generate.generate(source, parts, timings=timings, assets=assets)
    except GenerationCancelled:
        drawn = [[] for _ in batch.shares]
    except GenerationError as error:
        if again := _again(batch, error):
            return again
        drawn = [error for _ in batch.shares]
    except Exception:
        logger.exception("%d images of %s", batch.images, ", ".join(str(lease.pk) for lease in leases))
        if len(leases) > 1:
            return batch.smaller(batch.by_job())
        drawn = [GenerationError(*BROKEN)]
    station.loaded = generate.loaded_slugs()
    for share, result in zip(batch.shares, drawn, strict=True):
        _account(share, result, timings, batch.images)
        if isinstance(result, GenerationError):
            _fail([share.lease], (result.code, result.message))
        else:  # the next batch is denoised while this one is encoded and stored
            station.finish(share.lease, share.parameters, result)
    return []


def _again(batch: Batch, error: GenerationError) -> list[Batch]:
    """Return the smaller batches in which what failed may work; none where it would not."""
    if error.code == "out_of_memory" and batch.images > 1:
        return batch.smaller(batch.halves())
    if error.code.startswith("adapter_") and len(batch.shares) > 1:  # an embedding that one job's prompt calls
        return batch.smaller(batch.by_job())
    return []


def _keep_original(lease: Lease, parameters: ResolvedParameters, station: WorkerSession) -> None:
    """Hand the init image on as image 0, as it came."""
    try:
        picture = retry_while_database_down(partial(open_input_images, lease.job, parameters), lease).init
    except GenerationError as error:
        _fail([lease], (error.code, error.message))
        return
    assert picture is not None, "resolving asks for one"
    station.finish(lease, parameters, [GeneratedImage(0, parameters.seed, picture, batch_size=1)])


def _account(share: Share, result: PartResult, timings: Timings, images: int) -> None:
    """Note what a batch cost the job: of its images what they say, else what was counted step by step."""
    seconds = None
    if not isinstance(result, GenerationError) and result:
        # An image that was called off meanwhile cost as much as the others.
        seconds = sum(image.seconds for image in result) / len(result) * len(share.indices)
    share.lease.end_batch(timings, share=share.of(images), seconds=seconds)


def _fail(leases: list[Lease], failure: tuple[str, str]) -> None:
    for lease in leases:
        lease.failure = lease.failure or failure
