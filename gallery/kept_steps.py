"""Previews of the steps of an image, in one zip file beside it: packed, read one at a time, and counted."""

import io
from collections.abc import Mapping
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.core.files.storage import default_storage
from django.db.models import BigIntegerField, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from gallery.models import Image

FORMAT = "jpeg"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same previews are the same file


class NoSuchStep(Exception):
    """No preview of this step is kept, or its file is gone."""


def step_name(step: int) -> str:
    """Return the name of a step within the file: "007.jpg"."""
    return f"{step:03d}.jpg"


def pack_steps(steps: Mapping[int, bytes]) -> bytes:
    """Return a zip file of JPEGs by their steps, not compressed again."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for step in sorted(steps):
            archive.writestr(ZipInfo(step_name(step), _EPOCH), steps[step])
    return buffer.getvalue()


def bytes_of_kept_steps(owner_id: int) -> int:
    """Return the size of all files with previews of steps of a person's images, also of those in the trash."""
    size = Cast(KeyTextTransform("bytes", "steps"), BigIntegerField())
    kept = Image.objects.filter(owner=owner_id, steps_file__isnull=False)
    return int(kept.aggregate(total=Sum(size))["total"] or 0)


def read_step(image: Image, step: int) -> bytes:
    """Return the JPEG of one step of an image that the caller may see.

    Raises:
        NoSuchStep: it was not kept.
    """
    if not image.steps_file or step not in image.kept_steps:
        raise NoSuchStep
    try:
        with default_storage.open(image.steps_file) as file, ZipFile(file) as archive:
            return archive.read(step_name(step))
    except (OSError, KeyError, BadZipFile) as error:
        raise NoSuchStep from error
