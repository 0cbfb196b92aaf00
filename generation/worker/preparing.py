"""What a call needs beside its parameters: weights by the rows that name them, and the pictures that came along."""

import uuid
from collections.abc import Sequence
from functools import partial

from generation.errors import GenerationError
from generation.models import Job
from generation.parameters.per_image import image_parameters
from generation.pipelines.protocol import Assets, Part, Pictures
from generation.weights.sources import CheckpointSource
from generation.worker.batch import Batch
from generation.worker.lease import Lease
from generation.worker.patience import patiently
from generation.worker.pictures import open_pictures
from generation.worker.sources import assets_of, checkpoint_for, source_of

Failure = tuple[Lease, tuple[str, str]]


def weights_for(job: Job, parts: Sequence[Part]) -> tuple[CheckpointSource, Assets]:
    """Return the checkpoint that `parts` of one call are drawn with, and every other weights they name.

    `job` is one of theirs. Which embeddings are needed, says the prompt of each image.

    Raises:
        GenerationError: `checkpoint_missing`, `adapter_missing` or `adapter_invalid`.
    """
    images = [image for part in parts for image in part.images.values()]
    slug = images[0].checkpoint
    checkpoint = checkpoint_for(job, slug)
    source = source_of(checkpoint, slug)
    family = checkpoint.family if checkpoint else ""
    apart = {(image.prompt, image.negative_prompt): image for image in images}
    return source, {key: found for image in apart.values() for key, found in assets_of(image, family).items()}


def pictures_of(batch: Batch) -> tuple[dict[uuid.UUID, Pictures], list[Failure]]:
    """Return the pictures of each job of a batch, and the jobs that fail because theirs are gone."""
    opened: dict[uuid.UUID, Pictures] = {}
    failures: list[Failure] = []
    for share in batch.shares:
        lease = share.lease
        image = image_parameters(share.parameters, share.indices[0])
        if not (image.init_image or image.controls or image.ip_adapter):
            continue
        try:
            opened[lease.pk] = patiently(partial(open_pictures, lease.job, image), lease)
        except GenerationError as error:
            failures.append((lease, (error.code, error.message)))
    return opened, failures
