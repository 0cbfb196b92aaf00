"""The cover image of a checkpoint: checked, scaled down, stored as WebP without metadata."""

import hashlib
import io

from django.core.files.base import ContentFile

from gallery.imaging.open_image import flatten_on_white, open_image

MOST_BYTES = 20 * 1024 * 1024
LONGEST_SIDE = 512


def prepare_cover(data: bytes) -> ContentFile:
    """Return the cover image as it is stored: scaled down, as WebP without metadata.

    Raises:
        gallery.imaging.open_image.UnusableImage: `data` is not an image, or too large.
    """
    image = flatten_on_white(open_image(data, most_bytes=MOST_BYTES))
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    file = io.BytesIO()
    image.save(file, "WEBP", quality=85)
    written = file.getvalue()
    return ContentFile(written, name=f"{hashlib.sha256(written).hexdigest()[:32]}.webp")
