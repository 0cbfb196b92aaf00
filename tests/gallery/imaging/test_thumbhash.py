"""The ThumbHash of an image is what the reference encoder gives, and has the image's colours, shape and opacity."""

import numpy as np
import pytest
from PIL import Image as Pillow
from thumbhash import rgba_to_thumb_hash

from gallery.imaging.thumbhash import encode_thumbhash


def blurred(size, mode="RGB", seed=0):
    """Return an image of some soft shapes."""
    few = np.random.default_rng(seed).integers(0, 256, (6, 6, len(mode)), dtype=np.uint8)
    return Pillow.fromarray(few, mode).resize(size, Pillow.Resampling.BICUBIC)


@pytest.mark.parametrize("size", [(32, 32), (32, 20), (9, 32), (32, 1), (1, 1), (640, 480), (300, 1200)])
def test_it_equals_that_of_the_reference(size):
    for seed in range(5):
        image = blurred(size, seed=seed)
        small = image.convert("RGBA")
        small.thumbnail((32, 32), Pillow.Resampling.BOX)
        assert encode_thumbhash(image) == bytes(rgba_to_thumb_hash(*small.size, list(small.tobytes())))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P"])
def test_it_has_the_mean_colour_and_the_shape(mode):
    code = encode_thumbhash(Pillow.new("RGB", (900, 300), "#ff0000").convert(mode))
    header = int.from_bytes(code[:3], "little")
    assert header >> 12 & 63 == (32 if mode == "L" else 63)  # red less green: the largest there is, but of grey
    assert code[4] >> 7 == 1  # wider than high
    assert len(code) <= 25


def test_where_an_image_is_transparent_the_hash_says_so():
    image = blurred((64, 64))
    opaque = encode_thumbhash(image)
    image.putalpha(Pillow.linear_gradient("L").resize((64, 64)))
    code = encode_thumbhash(image)
    assert (opaque[2] >> 7, code[2] >> 7) == (0, 1)
    assert code[5] & 15 == 8  # half of it, on the whole
    assert code[5] >> 4 > 0  # and not everywhere alike
    assert encode_thumbhash(Pillow.new("RGBA", (8, 8), (255, 0, 0, 0)))[5] == 0  # nothing is seen of it
