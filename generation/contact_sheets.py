"""A job's images on one sheet: a grid's cells by its axes, other jobs' in rows that come out about square."""

import math
from collections.abc import Sequence

from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.imaging.contact_sheet import Page, make_sheet
from gallery.models import Image
from generation.models import Job
from generation.parameters import grids
from generation.parameters.nested import GridAxis
from generation.parameters.per_image import image_count, originals
from generation.parameters.schema import ResolvedParameters


def build_contact_sheet(job: Job, *, cell: int) -> Pillow.Image:
    """Return the sheet of what `job` has drawn so far; `cell`: longest side of each picture on it in pixels."""
    resolved = job.resolved()
    pictures = [_open(image) for image in _images(job, resolved)]
    if resolved.grid is None:
        columns = math.ceil(math.sqrt(len(pictures)))
        return make_sheet([Page(pictures, columns)], cell=cell)
    return make_sheet(_pages(resolved, pictures), cell=cell)


def _images(job: Job, resolved: ResolvedParameters) -> list[Image | None]:
    """Return the drawn images in order, None where one is not there."""
    there = {image.index: image for image in Image.objects.of_job(job.pk).viewable()}
    return [there.get(index) for index in range(originals(resolved), image_count(resolved))]


def _open(image: Image | None) -> Pillow.Image | None:
    if image is None:
        return None
    try:
        with default_storage.open(image.file) as file:
            picture = Pillow.open(file)
            picture.load()
            return picture
    except OSError:
        return None


def _pages(resolved: ResolvedParameters, pictures: Sequence[Pillow.Image | None]) -> list[Page]:
    assert resolved.grid is not None
    axes = resolved.grid.axes
    wide = len(axes[0].values)
    high = len(axes[1].values) if len(axes) > 1 else 1
    size = wide * high * resolved.count
    pages = []
    for number, start in enumerate(range(0, len(pictures), size)):
        titled = len(axes) > 2
        pages.append(
            Page(
                cells=pictures[start : start + size],
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
