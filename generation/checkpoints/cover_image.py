"""The cover image of a checkpoint: checked, scaled down, stored as WebP without metadata."""

import hashlib
import io

from django.core.files.base import ContentFile

from gallery.imaging.open_image import flatten_on_white, open_image

MOST_BYTES = 20 * 1024 * 1024


LONGEST_SIDE = 512


def prepare_cover(data: bytes) -> ContentFile:
    """Return what is stored of a picture that somebody sent: a small WebP without its metadata.

    Raises:
        gallery.imaging.open_image.UnusableImage: it is none, or too large.
    """
    picture = flatten_on_white(open_image(data, most_bytes=MOST_BYTES))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85)
    written = file.getvalue()
    return ContentFile(written, name=f"{hashlib.sha256(written).hexdigest()[:32]}.webp")
