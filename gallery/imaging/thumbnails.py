"""Thumbnails of images, and placeholders for images that may not be shown or are not loaded yet."""

import base64
import io

from PIL import Image as Pillow

from gallery.imaging.thumbhash import encode_thumbhash

SIDE = 512  # of the thumbnail that every image has
FURTHER_SIDES = (256, 1024)  # of those that an image has beside it, if it is large enough
FORMAT = "webp"
BLURRED_PIXELS = 16


def make_thumbnail(image: Pillow.Image, side: int = SIDE) -> bytes:
    """Return `image` as WebP, its longest side at most `side` pixels; never enlarged."""
    small = image.convert("RGB") if image.mode not in ("RGB", "RGBA") else image.copy()
    small.thumbnail((side, side), Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=85, method=2)
    return buffer.getvalue()


def make_further_thumbnails(image: Pillow.Image) -> dict[int, bytes]:
    """Return the thumbnails of FURTHER_SIDES by side, without those that would equal the one of SIDE."""
    longest = max(image.size)
    sides = [side for side in FURTHER_SIDES if longest > min(side, SIDE)]
    return {side: make_thumbnail(image, side) for side in sides}


def make_thumbhash(image: Pillow.Image) -> str:
    """Return the ThumbHash of `image`: about 21 bytes as base64, from which a page paints a blurred placeholder."""
    return base64.b64encode(encode_thumbhash(image)).decode()


def make_blurred(data: bytes) -> bytes:
    """Return an image file as WebP in its size, but only with the detail of BLURRED_PIXELS on the longest side."""
    with Pillow.open(io.BytesIO(data)) as image:
        small = image.convert("RGB")
    size = small.size
    small.thumbnail((BLURRED_PIXELS, BLURRED_PIXELS), Pillow.Resampling.BOX)
    return make_thumbnail(small.resize(size, Pillow.Resampling.BICUBIC), max(size))


def make_placeholder(size: tuple[int, int]) -> bytes:
    """Return a grey WebP with the aspect ratio of `size` pixels, for an image that may not be shown."""
    return make_thumbnail(Pillow.new("RGB", (max(1, size[0] // 8), max(1, size[1] // 8)), "#808080"))
