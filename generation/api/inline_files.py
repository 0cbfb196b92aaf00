"""Base64 files of images inside a job's JSON, for clients that want one answer and no second request."""

import base64
from typing import Annotated, Literal

from django.http import Http404
from ninja import Query

from gallery.file_responses import read_file
from gallery.models import Image
from generation.serializers.jobs import JobOut
from sdsite.accounts.credentials import Credentials

MOST_BYTES = 32_000_000  # of files in one answer; further images have their `file_url` alone

Inline = Annotated[
    Literal["base64"] | None,
    Query(description=f"base64: put the files into the answer, up to {MOST_BYTES // 10**6} MB of them in order."),
]


def with_files(out: JobOut, credentials: Credentials) -> JobOut:
    """Return `out` with the files of its images in `base64`, in order, as long as MOST_BYTES are not exceeded.

    Images that are held back from `credentials`, and those whose file is gone, come without.
    """
    rows = {image.pk: image for image in Image.objects.visible_to(credentials).of_job(out.id)}
    room = MOST_BYTES
    images = list(out.images)
    for place, shown in enumerate(images):
        row = rows.get(shown.id)
        if row is not None and row.size_bytes <= room and not row.is_withheld_from(credentials):
            data = _read(row)
            room -= len(data)
            images[place] = shown.model_copy(update={"base64": base64.b64encode(data).decode() or None})
    return out.model_copy(update={"images": images})


def _read(image: Image) -> bytes:
    try:
        return read_file(image)
    except Http404:
        return b""
