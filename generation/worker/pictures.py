"""Open the pictures that came along with a job."""

import uuid
from collections.abc import Callable, Mapping

from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Image, Upload
from gallery.opening import UnusablePicture, open_picture
from generation.errors import GenerationError
from generation.models import Job
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.protocol import Pictures


def open_pictures(job: Job, parameters: ResolvedParameters) -> Pictures:
    """Return the pictures that `parameters` name, opened; only the job's owner's own, as checked when it was accepted.

    Raises:
        GenerationError: `picture_missing`, one of them was deleted meanwhile.
    """
    return Pictures(
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
            return open_picture(file.read())
    except (OSError, UnusablePicture) as error:
        raise GenerationError("picture_missing", f"{field}: this picture was deleted before it was needed.") from error


def _of_library(job: Job, pk: uuid.UUID) -> str | None:
    return Image.objects.owned_by(job.owner).shown().filter(pk=pk).values_list("file", flat=True).first()


def _of_uploads(job: Job, pk: uuid.UUID) -> str | None:
    return Upload.objects.filter(owner=job.owner_id, pk=pk).values_list("file", flat=True).first()


_FILES: Mapping[str, Callable[[Job, uuid.UUID], str | None]] = {"image": _of_library, "upload": _of_uploads}
