"""Storage of finished images: safety check, receipt, row, and the event for clients."""

import logging
import platform
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from django.db import close_old_connections

from gallery.actions.store_image import Provenance, store_image
from gallery.models import Image
from gallery.serializers import serialize_image
from generation.errors import GenerationError
from generation.events.publish import publish
from generation.events.types import JobImage
from generation.jobs.lifecycle import may_store
from generation.models import Job
from generation.parameters.metadata import infotext
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import GeneratedImage
from generation.webhooks import outbox
from generation.worker import safety, verification
from generation.worker.db_retry import retry_while_database_down
from generation.worker.lease import Lease, LeaseLost, refresh
from generation.worker.weights import checkpoint_for

logger = logging.getLogger(__name__)

BROKEN = ("internal_error", "Something went wrong inside the site; the log of the worker says what.")
LIBRARIES = ("torch", "diffusers", "transformers")


@cache
def library_versions() -> dict[str, str]:
    """Return the versions of Python and the libraries, on which an image depends."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def build_receipt(
    job: Job, image_parameters: ResolvedParameters, generated: GeneratedImage, *, device: str
) -> dict[str, Any]:
    """Return all that an image depends on besides its parameters, as JSON values without paths and secrets."""
    checkpoint = checkpoint_for(job, image_parameters.checkpoint)
    return {
        "device": device,
        **generated.receipt,
        "seconds": round(generated.seconds, 3),
        "batch_size": generated.batch_size,
        "position": generated.position,
        "checkpoint": {"slug": image_parameters.checkpoint, "sha256": checkpoint.sha256 if checkpoint else ""},
        "versions": library_versions(),
    }


def finish_image(lease: Lease, resolved: ResolvedParameters, generated: GeneratedImage, *, device: str) -> bool:
    """Store one image of the leased job and publish it; return whether it is done.

    It is not if the lease was lost, the image dropped, or refused by the safety checker. Repeating the call stores
    nothing twice. A verification is done when it was compared, an image of a calibration when it was generated.

    Raises:
        GenerationError: `safety_failed`, the image could not be checked.
    """
    close_old_connections()
    job = lease.job
    if job.source == Job.Source.CALIBRATE:  # its speed was measured, and nothing else is wanted
        return True
    image_parameters = resolved.images[generated.index]
    receipt = build_receipt(job, image_parameters, generated, device=device)
    if job.source == Job.Source.VERIFY:
        return verification.compare(job, generated, receipt) is not None
    verdict = safety.check_image(lease, generated.image)
    if verdict.action == safety.Safety.REFUSE:
        safety.refuse(lease, generated.index, verdict)
        return False
    kept = {step: safety.as_stored(verdict, jpeg) for step, jpeg in lease.kept_steps.get(generated.index, {}).items()}
    text = infotext.build(
        image_parameters,
        checkpoint_name=image_parameters.checkpoint,
        checkpoint_hash=receipt["checkpoint"]["sha256"][:10],
        version="sdsite",
        batch_size=generated.batch_size,
        position=generated.position,
        hashes=receipt.get("weights"),
    )
    image = store_image(
        pixels=verdict.image,
        index=generated.index,
        seed=generated.seed,
        provenance=Provenance(job.owner_id, job.pk, job.created_at, image_parameters.model_dump(mode="json")),
        image_format=image_parameters.output_format,
        quality=image_parameters.quality,
        infotext=text,
        receipt=receipt,
        safety=verdict.facts,
        quarantined=verdict.action == safety.Safety.QUARANTINE,
        steps=kept,
        guard=lambda: may_store(job.pk, job.attempt, generated.index),
        on_stored=partial(_note_stored, lease, verdict),
    )
    if image is not None:
        serialized = serialize_image(image).model_dump(mode="json")
        publish(job.owner_id, JobImage(str(job.pk), lease.next_sequence(), image.index, serialized))
    return image is not None


def _note_stored(lease: Lease, verdict: safety.SafetyVerdict, stored: Image) -> None:
    outbox.note_image(lease.pk, stored.index)
    safety.record_hits(lease, verdict, stored)


def store_with_retries(lease: Lease, resolved: ResolvedParameters, generated: GeneratedImage, *, device: str) -> None:
    """Store one image, waiting while the database is unreachable, and record the result in the lease."""
    done = False
    try:
        done = retry_while_database_down(lambda: finish_image(lease, resolved, generated, device=device), lease)
        if not done:
            retry_while_database_down(lambda: refresh([lease]), lease)  # dropped or lost: the row says which
    except GenerationError as error:
        lease.failure = lease.failure or (error.code, error.message)
    except LeaseLost:
        logger.debug("job %s: image %d is not stored, the lease is lost", lease.pk, generated.index)
    except Exception:
        logger.exception("job %s: image %d could not be stored", lease.pk, generated.index)
        lease.failure = lease.failure or BROKEN
    lease.kept_steps.pop(generated.index, None)
    with lease.lock:
        lease.storing -= 1
        if done and lease.missing is not None:
            lease.missing.discard(generated.index)
            lease.stored += 1
            lease.generated += 1
