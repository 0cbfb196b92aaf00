"""Placeholders and further thumbnails of images that an older version of the site stored."""

import logging
import time

from django.core.files.storage import default_storage

from gallery.actions.media_files import remove_files, save_files
from gallery.imaging import thumbnails
from gallery.imaging.open_image import UnusableImage, open_image
from gallery.models import Image
from gallery.models.image import THUMBNAIL_COLUMNS
from sdsite.core.disk_space import is_scarce

logger = logging.getLogger(__name__)

BATCH = 20  # images in one call
SECONDS = 0.5  # after which a call begins with no other image
NONE = ""  # the placeholder of an image whose file cannot be read, so that it is not tried again


def fill_thumbnails(most: int = BATCH, seconds: float = SECONDS) -> int:
    """Make what at most `most` images lack, the newest first; return how many were looked at.

    It may be stopped and repeated at any time, and run in several processes: whoever is first writes the row. On a disk
    that is nearly full nothing is done.
    """
    pending = Image.objects.filter(thumbhash=None)
    rows = list(pending.order_by("-pk")[:most])
    if not rows or is_scarce():
        return 0
    until, done = time.monotonic() + seconds, 0
    for image in rows:
        _fill(image)
        done += 1
        if time.monotonic() > until:
            break
    return done


def _fill(image: Image) -> None:
    pending = Image.objects.filter(pk=image.pk, thumbhash=None)
    try:
        with default_storage.open(image.file) as file:
            pixels = open_image(file.read())
    except (OSError, UnusableImage) as error:
        logger.warning("image %s gets no placeholder, its file cannot be read: %s", image.pk, error)
        pending.update(thumbhash=NONE)
        return
    stem = image.thumbnail.rpartition(".")[0]
    further = {
        THUMBNAIL_COLUMNS[side]: (f"{stem}-{side}.{thumbnails.FORMAT}", small)
        for side, small in thumbnails.make_further_thumbnails(pixels).items()
        if not getattr(image, THUMBNAIL_COLUMNS[side])
    }
    names = save_files(dict(further.values()))
    columns = dict(zip(further, names, strict=True))
    if not pending.update(thumbhash=thumbnails.make_thumbhash(pixels), **columns):
        remove_files(names)  # another process was first, or the image was deleted
