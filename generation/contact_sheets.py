"""Contact sheets of a job's images: the cells of a grid along its axes, other jobs in a square layout."""

import io
import math
from collections.abc import Sequence

from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.imaging.contact_sheet import Page, make_sheet, shrink
from gallery.imaging.decode_limits import reserve_pixels
from gallery.models import Image
from generation.models import Job
from generation.parameters import grids
from generation.parameters.nested import GridAxis
from generation.parameters.per_image import image_count, originals
from generation.parameters.schema import ResolvedParameters


def build_contact_sheet(job: Job, *, cell: int, columns: int | None = None) -> Pillow.Image:
    """Return the contact sheet of the images that `job` has so far.

    Args:
        job: the job.
        cell: longest side of each image in pixels.
        columns: images in a row; None for as many as rows. Of a grid, the axes decide.
    """
    resolved = job.resolved()
    pil_images = [_open(image, cell, job.owner_id) for image in _images(job, resolved)]
    if resolved.grid is None:
        wide = columns or math.ceil(math.sqrt(len(pil_images)))
        return make_sheet([Page(pil_images, min(wide, len(pil_images)))], cell=cell)
    return make_sheet(_pages(resolved, pil_images), cell=cell)


def _images(job: Job, resolved: ResolvedParameters) -> list[Image | None]:
    """Return the generated images in order, None for missing ones."""
    stored = {image.index: image for image in Image.objects.kept().of_job(job.pk).viewable()}
    return [stored.get(index) for index in range(originals(resolved), image_count(resolved))]


def _open(image: Image | None, cell: int, person: int) -> Pillow.Image | None:
    """Return an image at the size of its cell. One is decoded at a time: a grid of large ones would fill the memory."""
    if image is None:
        return None
    try:
        with default_storage.open(image.file) as file:
            data = file.read()
        with reserve_pixels(data, person=person):
            return shrink(Pillow.open(io.BytesIO(data)), cell)
    except OSError:
        return None


def _pages(resolved: ResolvedParameters, pil_images: Sequence[Pillow.Image | None]) -> list[Page]:
    assert resolved.grid is not None
    axes = resolved.grid.axes
    wide = len(axes[0].values)
    high = len(axes[1].values) if len(axes) > 1 else 1
    size = wide * high * resolved.count
    pages = []
    for number, start in enumerate(range(0, len(pil_images), size)):
        titled = len(axes) > 2
        pages.append(
            Page(
                cells=pil_images[start : start + size],
                columns=wide * resolved.count,
                column_labels=[label for label in _labels(axes[0]) for label in (label, *[""] * (resolved.count - 1))],
                row_labels=_labels(axes[1]) if len(axes) > 1 else (),
                title=_labels(axes[2])[number] if titled else "",
            )
        )
    return pages


def _labels(axis: GridAxis) -> list[str]:
    name = "" if axis.field in (grids.REPLACE, "prompt") else f"{axis.field} "
    return [f"{name}{value}" for value in axis.values]
