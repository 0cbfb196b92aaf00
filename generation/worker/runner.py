"""Runner of one claim: batches, pipeline calls, and the end of each job."""

import logging
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from gallery.models import Image
from generation.checkpoints.sources import note_checksum
from generation.errors import DeviceFailed, GenerationCancelled, GenerationError
from generation.jobs.batch_companions import claim_companions
from generation.models import Job
from generation.parameters.per_image import originals
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.protocol import GeneratedImage, InputImages, PartResult, Timings
from generation.queue import costs
from generation.worker import safety
from generation.worker.batch import Batch, Share, batch_size, companion_capacity, plan_batches
from generation.worker.control import residency
from generation.worker.db_retry import CONNECTION_ERRORS, retry_while_database_down
from generation.worker.inputs import load_input_images, open_input_images, weights_for
from generation.worker.lease import Lease, LeaseLost
from generation.worker.session import WorkerSession
from generation.worker.store_images import BROKEN

LOADED_SECONDS = 0.5  # a call before which loading took longer found nothing prepared

logger = logging.getLogger(__name__)


def run(job: Job, session: WorkerSession) -> None:
    """Generate the missing images of `job` and of companions, and conclude each of these jobs; never raises.

    Returns when all images are generated; the last ones may still be being stored.
    """
    lead = session.take(job, leads=True)
    leases = [lead]
    try:
        batches = deque(_plan(lead, leases, session))
        while batches:
            batch = batches.popleft().remaining()
            if batch.shares:
                batches.extendleft(reversed(_generate(batch, session)))
    except LeaseLost:
        logger.debug("job %s was lost before it was generated", job.pk)
    except DeviceFailed as error:
        session.leave_device(str(error))
    except Exception:  # a bug or a broken row must not stop the worker
        logger.exception("job %s: unexpected failure", job.pk)
        _fail(leases, BROKEN)
    for lease in leases:
        lease.generating = False
        session.conclude(lease)
    if job.checkpoint and not job.checkpoint.sha256 and (lead.storing or lead.generated):
        session.storing_pool.submit(note_checksum, job.checkpoint)


def _plan(lead: Lease, leases: list[Lease], session: WorkerSession) -> list[Batch]:
    """Return the batches of a claim; the leases of claimed companions are appended to `leases`."""
    own = _store_original(_share(lead), session)
    if not own.indices:
        return []
    size = retry_while_database_down(lambda: batch_size(lead.job, own.resolved), lead)
    companions = _companions(lead, leases, session, companion_capacity(len(own.indices), size))
    batches = plan_batches(own, companions, size)
    lead.batches = len(batches)
    return batches


def _companions(lead: Lease, leases: list[Lease], session: WorkerSession, most_images: int) -> list[Share]:
    """Claim jobs of together at most `most_images` images for the lead's batch; append their leases to `leases`."""
    found: list[Share] = []
    if session.claims_nothing:
        return found
    try:
        for job in claim_companions(lead.job, worker=session.name, lanes=session.lanes, most_images=most_images):
            lease = session.take(job)
            leases.append(lease)
            try:
                found.append(_share(lease))
            except Exception:  # a fault of one companion must not fail the others
                logger.exception("job %s: unexpected failure", job.pk)
                _fail([lease], BROKEN)
    except CONNECTION_ERRORS as error:
        logger.warning("no more companions, the database is unreachable: %s", error)
    return [share for share in found if share.indices]


def _share(lease: Lease) -> Share:
    """Return the images of a job that are still to be generated."""
    stored = retry_while_database_down(
        lambda: list(Image.objects.of_job(lease.pk).values_list("index", flat=True)), lease
    )
    retry_while_database_down(lambda: safety.look_up_policy(lease), lease)
    resolved, missing = lease.plan(stored)
    return Share(lease, resolved, tuple(missing))


def _store_original(share: Share, session: WorkerSession) -> Share:
    """Store the init image if it is one of the images of `share`; return the others, which are to be generated."""
    kept = [index for index in share.indices if index < originals(share.resolved)]
    if kept:
        _finish_original(share.lease, share.resolved, session)
    return replace(share, indices=tuple(index for index in share.indices if index not in kept))


def _generate(batch: Batch, session: WorkerSession) -> list[Batch]:
    """Generate one batch and pass its images on to be stored; return smaller batches to try instead, if it failed.

    If memory runs out the batch is halved. After an unexpected error each job is tried alone, so that only the job that
    causes it fails.
    """
    input_images, failures = load_input_images(batch)
    for lease, failure in failures:
        _fail([lease], failure)
    batch = batch.without([lease for lease, _ in failures])
    if not batch.shares:
        return []
    leases, timings = [share.lease for share in batch.shares], Timings()
    try:
        results = _call_pipeline(batch, input_images, timings, session)
    except DeviceFailed:
        raise
    except GenerationError as error:
        if smaller := _smaller_batches(batch, error):
            return smaller
        results = [error for _ in batch.shares]
    except Exception:
        logger.exception("%d images of %s", batch.images, ", ".join(str(lease.pk) for lease in leases))
        if len(leases) > 1:
            return batch.split_into(batch.by_job())
        results = [GenerationError(*BROKEN)]
    residency.note(session)
    _measure(batch, results, timings, session)
    for share, result in zip(batch.shares, results, strict=True):
        _account(share, result, timings)
        if isinstance(result, GenerationError):
            _fail([share.lease], (result.code, result.message))
        else:  # the next batch is denoised while this one is encoded and stored
            session.finish(share.lease, share.resolved, result)
    return []


def _call_pipeline(
    batch: Batch, input_images: Mapping[uuid.UUID, InputImages], timings: Timings, session: WorkerSession
) -> list[PartResult]:
    """Return the result of each share, nothing if all were cancelled.

    Raises:
        DeviceFailed: the device failed; it is noted in the leases, since any of the jobs may be why.
        GenerationError: see `generate.generate`.
    """
    parts, source, assets = weights_for(batch.shares[0].lease.job, batch.parts(input_images))
    try:
        results = generate.generate(source, parts, timings=timings, assets=assets)
    except DeviceFailed as error:
        for share in batch.shares:
            share.lease.device_failure = str(error)
        raise
    except GenerationCancelled:
        return [[] for _ in batch.shares]
    session.has_generated = True
    return results


def _smaller_batches(batch: Batch, error: GenerationError) -> list[Batch]:
    """Return the smaller batches in which the call may succeed; none if it cannot."""
    if error.code == "out_of_memory" and batch.images > 1:
        return batch.split_into(batch.halves())
    if error.code.startswith("adapter_") and len(batch.shares) > 1:  # an embedding in the prompt of one job
        return batch.split_into(batch.by_job())
    return []


def _finish_original(lease: Lease, resolved: ResolvedParameters, session: WorkerSession) -> None:
    """Store the init image unchanged as image 0."""
    try:
        original = retry_while_database_down(partial(open_input_images, lease.job, resolved), lease).init
    except GenerationError as error:
        _fail([lease], (error.code, error.message))
        return
    assert original is not None, "resolving requires one"
    session.finish(lease, resolved, [GeneratedImage(0, resolved.seed, original, batch_size=1)])


def _account(share: Share, result: PartResult, timings: Timings) -> None:
    """Record what a batch cost the job: the seconds that its images state, or else what was counted step by step."""
    seconds = None
    if not isinstance(result, GenerationError) and result:
        # An image that was dropped meanwhile cost as much as the others.
        seconds = sum(image.seconds for image in result) / len(result) * len(share.indices)
    share.lease.end_batch(timings, seconds=seconds)


def _measure(batch: Batch, results: Sequence[PartResult], timings: Timings, session: WorkerSession) -> None:
    """Record how fast a batch was, to be learned from when the first of its jobs succeeds."""
    finished = [image for result in results if not isinstance(result, GenerationError) for image in result]
    lead, job = batch.shares[0], batch.shares[0].lease.job
    image_parameters = lead.resolved.images[lead.indices[0]]
    if not finished or job.checkpoint is None or job.checkpoint.slug != image_parameters.checkpoint:
        return
    prepared = session.note_call(image_parameters, batch.images) and timings.seconds.get("load", 0.0) < LOADED_SECONDS
    call = costs.measured_call(
        image_parameters,
        family=job.checkpoint.family,
        few_step=job.checkpoint.defaults().few_step,
        hardware=generate.hardware(),
        images=batch.images,
        denoise=timings.seconds.get("denoise", 0.0),
        whole=sum(image.seconds for image in finished) / len(finished) * batch.images,
        is_first=not prepared,
    )
    if call is not None:
        lead.lease.calls.append(call)


def _fail(leases: list[Lease], failure: tuple[str, str]) -> None:
    for lease in leases:
        lease.failure = lease.failure or failure
