"""Thumbnails of images, and placeholders for images that may not be shown."""

import io

from PIL import Image as Pillow

LONGEST_SIDE = 512
FORMAT = "webp"


def make_thumbnail(image: Pillow.Image) -> bytes:
    """Return `image` as WebP, its longest side at most LONGEST_SIDE pixels; never enlarged."""
    small = image.convert("RGB") if image.mode not in ("RGB", "RGBA") else image.copy()
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=85, method=2)
    return buffer.getvalue()


def make_placeholder(size: tuple[int, int]) -> bytes:
    """Return a grey WebP with the aspect ratio of `size` pixels, for an image that may not be shown."""
    return make_thumbnail(Pillow.new("RGB", (max(1, size[0] // 8), max(1, size[1] // 8)), "#808080"))
