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


@pytest.mark.parametrize(
    ("size", "further"),
    [
        ((128, 128), {}),
        ((300, 200), {256: (256, 171)}),
        ((512, 512), {256: (256, 256)}),
        ((640, 1000), {256: (164, 256), 1024: (640, 1000)}),
        ((4096, 2048), {256: (256, 128), 1024: (1024, 512)}),
    ],
)
def test_further_thumbnails_are_made_where_they_differ_from_the_first(size, further):
    made = thumbnails.make_further_thumbnails(Pillow.new("RGB", size))
    assert {side: Pillow.open(io.BytesIO(data)).size for side, data in made.items()} == further
