"""Inputs of a pipeline call besides its parameters: weights, and the opened input images."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
from generation.worker.weights import checkpoint_for, find_few_step_lora, get_assets

Failure = tuple[Lease, tuple[str, str]]


def weights_for(job: Job, parts: Sequence[Part]) -> tuple[Sequence[Part], CheckpointSource, Assets]:
    """Return `parts`, which are one pipeline call, their checkpoint, and all other weights that they name.

    `job` is one of their jobs. The prompt of each image decides which embeddings are needed. Drafts get the LoRA
    for few steps that the checkpoint names, unless it is gone: then they do without.

    Raises:
        GenerationError: `checkpoint_missing`, `adapter_missing` or `adapter_invalid`.
    """
    images = [image for part in parts for image in part.image_parameters.values()]
    slug = images[0].checkpoint
    checkpoint = checkpoint_for(job, slug)
    source = get_source(checkpoint, slug)
    family = checkpoint.family if checkpoint else ""
    by_prompt = {(image.prompt, image.negative_prompt): image for image in images}
    assets = {key: found for image in by_prompt.values() for key, found in get_assets(image, family).items()}
    few_step = checkpoint.defaults().few_step if checkpoint else None
    if few_step is None or images[0].speed_mode != "draft":
        return parts, source, assets
    lora = find_few_step_lora(few_step.lora, family)
    if lora is None:
        return parts, source, assets
    return [replace(part, few_step=few_step) for part in parts], source, assets | {("lora", few_step.lora): lora}


def load_input_images(batch: Batch) -> tuple[dict[uuid.UUID, InputImages], list[Failure]]:
    """Return the input images of each job of a batch, and the jobs that fail because theirs are missing."""
    opened: dict[uuid.UUID, InputImages] = {}
    failures: list[Failure] = []
    for share in batch.shares:
        lease = share.lease
        image_parameters = share.resolved.images[share.indices[0]]
        if not (image_parameters.init_image or image_parameters.controls or image_parameters.ip_adapter):
            continue
        try:
            open_all = partial(open_input_images, lease.job, image_parameters)
            opened[lease.pk] = retry_while_database_down(open_all, lease)
        except GenerationError as error:
            failures.append((lease, (error.code, error.message)))
    return opened, failures


def open_input_images(job: Job, image_parameters: ResolvedParameters) -> InputImages:
    """Open the input images that the parameters of one image name; all belong to the owner, as checked at submission.

    Raises:
        GenerationError: `picture_missing`, one of them was deleted meanwhile.
    """
    ip_adapter = image_parameters.ip_adapter
    return InputImages(
        init=_open(job, "init_image", image_parameters.init_image),
        mask=_open(job, "mask_image", image_parameters.mask_image),
        controls=tuple(_opened(job, "controls.image", control.image) for control in image_parameters.controls),
        ip_adapter=_open(job, "ip_adapter.image", ip_adapter.image if ip_adapter else None),
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
        raise GenerationError("picture_missing", f"{field}: this image was deleted before it was needed.") from error


def _of_library(job: Job, pk: uuid.UUID) -> str | None:
    return Image.objects.owned_by(job.owner).viewable().filter(pk=pk).values_list("file", flat=True).first()


def _of_uploads(job: Job, pk: uuid.UUID) -> str | None:
    return Upload.objects.filter(owner=job.owner_id, pk=pk).values_list("file", flat=True).first()


_FILES: Mapping[str, Callable[[Job, uuid.UUID], str | None]] = {"image": _of_library, "upload": _of_uploads}
