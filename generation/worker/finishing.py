"""Store finished images beside the loop, and tell people."""

import logging
import platform
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from django.db import close_old_connections

from gallery.models import Image
from gallery.representations import represent_image
from gallery.storing import Provenance, store_image
from generation.jobs.lifecycle import owns
from generation.parameters import infotext
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import GeneratedImage
from generation.realtime.events import JobImage
from generation.realtime.publish import publish
from generation.worker.lease import Lease

logger = logging.getLogger(__name__)

LIBRARIES = ("torch", "diffusers", "transformers")


@cache
def library_versions() -> dict[str, str]:
    """Return what a picture depends on beside its parameters."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def finish_image(
    lease: Lease, parameters: ResolvedParameters, generated: GeneratedImage, *, seconds: float, device: str
) -> Image | None:
    """Store one image of the leased job and publish it; None when the lease was lost meanwhile."""
    close_old_connections()
    job = lease.job
    checkpoint = job.checkpoint
    receipt: dict[str, Any] = {
        "seconds": round(seconds, 3),
        "batch_size": generated.batch_size,
        "checkpoint": {"slug": parameters.checkpoint, "sha256": checkpoint.sha256 if checkpoint else ""},
        "device": device,
        "versions": library_versions(),
    }
    text = infotext.build(
        parameters,
        seed=generated.seed,
        checkpoint_name=parameters.checkpoint,
        checkpoint_hash=checkpoint.sha256[:10] if checkpoint else "",
        version="sdsite",
    )
    image = store_image(
        picture=generated.image,
        index=generated.index,
        seed=generated.seed,
        provenance=Provenance(job.owner_id, job.pk, job.created_at, job.parameters),
        image_format=parameters.output_format,
        quality=parameters.quality,
        infotext=text,
        receipt=receipt,
        may_write=partial(owns, job.pk, job.attempt),
    )
    if image is not None:
        shown = represent_image(image).model_dump(mode="json")
        publish(job.owner_id, JobImage(str(job.pk), lease.next_sequence(), image.index, shown))
    return image
