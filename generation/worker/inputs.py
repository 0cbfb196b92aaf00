"""What a call needs beside its parameters: weights by the rows that name them, and the pictures that came along."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.imaging.open_image import UnusableImage, open_image
from gallery.models import Image, Upload
from generation.checkpoints.sources import get_source
from generation.errors import GenerationError
from generation.models import Job
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import Assets, InputImages, Part
from generation.weights.sources import CheckpointSource
from generation.worker.batch import Batch
from generation.worker.db_retry import retry_while_database_down
from generation.worker.lease import Lease
from generation.worker.weights import checkpoint_for, get_assets

Failure = tuple[Lease, tuple[str, str]]


def weights_for(job: Job, parts: Sequence[Part]) -> tuple[CheckpointSource, Assets]:
    """Return the checkpoint that `parts` of one call are drawn with, and every other weights they name.

    `job` is one of theirs. Which embeddings are needed, says the prompt of each image.

    Raises:
        GenerationError: `checkpoint_missing`, `adapter_missing` or `adapter_invalid`.
    """
    images = [image for part in parts for image in part.image_parameters.values()]
    slug = images[0].checkpoint
    checkpoint = checkpoint_for(job, slug)
    source = get_source(checkpoint, slug)
    family = checkpoint.family if checkpoint else ""
    apart = {(image.prompt, image.negative_prompt): image for image in images}
    return source, {key: found for image in apart.values() for key, found in get_assets(image, family).items()}


def load_input_images(batch: Batch) -> tuple[dict[uuid.UUID, InputImages], list[Failure]]:
    """Return the pictures of each job of a batch, and the jobs that fail because theirs are gone."""
    opened: dict[uuid.UUID, InputImages] = {}
    failures: list[Failure] = []
    for share in batch.shares:
        lease = share.lease
        image = share.parameters.images[share.indices[0]]
        if not (image.init_image or image.controls or image.ip_adapter):
            continue
        try:
            opened[lease.pk] = retry_while_database_down(partial(open_input_images, lease.job, image), lease)
        except GenerationError as error:
            failures.append((lease, (error.code, error.message)))
    return opened, failures


def open_input_images(job: Job, parameters: ResolvedParameters) -> InputImages:
    """Return the pictures that `parameters` name, opened; only the job's owner's own, as checked when it was accepted.

    Raises:
        GenerationError: `picture_missing`, one of them was deleted meanwhile.
    """
    return InputImages(
        init=_open(job, "init_image", parameters.init_image),
        mask=_open(job, "mask_image", parameters.mask_image),
        controls=tuple(_opened(job, "controls.image", control.image) for control in parameters.controls),
        ip_adapter=_open(job, "ip_adapter.image", parameters.ip_adapter.image if parameters.ip_adapter else None),
    )


def _open(job: Job, field: str, reference: str | None) -> Pillow.Image | None:
    return None if reference is None else _opened(job, field, reference)


def _opened(job: Job, field: str, reference: str) -> Pillow.Image:
    kind, _, pk = reference.partition(":")
    name = _FILES[kind](job, uuid.UUID(pk))
    try:
        if name is None:
            raise FileNotFoundError(reference)
        with default_storage.open(name) as file:
            return open_image(file.read())
    except (OSError, UnusableImage) as error:
        raise GenerationError("picture_missing", f"{field}: this picture was deleted before it was needed.") from error


def _of_library(job: Job, pk: uuid.UUID) -> str | None:
    return Image.objects.owned_by(job.owner).viewable().filter(pk=pk).values_list("file", flat=True).first()


def _of_uploads(job: Job, pk: uuid.UUID) -> str | None:
    return Upload.objects.filter(owner=job.owner_id, pk=pk).values_list("file", flat=True).first()


_FILES: Mapping[str, Callable[[Job, uuid.UUID], str | None]] = {"image": _of_library, "upload": _of_uploads}
