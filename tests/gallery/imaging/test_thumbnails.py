"""Thumbnails shrink an image and never enlarge it."""

import io

import pytest
from PIL import Image as Pillow

from gallery.imaging import thumbnails

pytestmark = pytest.mark.usefixtures("own_media")


def test_thumbnails_shrink_and_never_enlarge():
    for size, expected in (((2048, 1024), (512, 256)), ((128, 128), (128, 128))):
        with Pillow.open(io.BytesIO(thumbnails.make_thumbnail(Pillow.new("RGB", size)))) as small:
            assert (small.format, small.size) == ("WEBP", expected)
