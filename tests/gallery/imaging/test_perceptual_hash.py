"""A perceptual hash changes little with the image, and much from image to image."""

import io
import random

import pytest
from PIL import Image as Pillow
from PIL import ImageEnhance

from gallery.imaging.perceptual_hash import BAND_BITS, bands_of, distance, make_perceptual_hash


def scene(seed, size=(512, 512)):
    """Return soft areas of random colours: as detailed as an image that a model generates, seen from afar."""
    rng = random.Random(seed)
    dots = Pillow.frombytes("RGB", (8, 8), rng.randbytes(192))
    return dots.resize(size, Pillow.Resampling.BICUBIC)


def recoded(image):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return Pillow.open(buffer)


CHANGES = {
    "smaller": lambda image: image.resize((200, 200)),
    "recoded": recoded,
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
    "without colours": lambda image: image.convert("L"),
    "with transparency": lambda image: image.convert("RGBA"),
    "a tenth painted over": lambda image: (image.paste("grey", (200, 200, 360, 360)), image)[1],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_image_stays_near(change):
    far = [distance(make_perceptual_hash(scene(n)), make_perceptual_hash(CHANGES[change](scene(n)))) for n in range(5)]
    assert max(far) <= 11


def test_other_images_are_far_and_parts_tell_them_apart():
    codes = [make_perceptual_hash(scene(seed)) for seed in range(40)]
    far = [distance(one, other) for at, one in enumerate(codes) for other in codes[:at]]
    assert min(far) > 11
    assert 28 < sum(far) / len(far) < 36
    for band in range(4):
        assert len({bands_of(code)[band] for code in codes}) == len(codes)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (300, 7)])
def test_an_even_area_of_any_size_has_the_same_hash(size):
    codes = {make_perceptual_hash(Pillow.new("RGB", size, colour)) for colour in ("black", "red", "white")}
    assert codes == {0}


def test_a_hash_is_a_signed_number_made_of_its_parts():
    codes = [make_perceptual_hash(scene(seed)) for seed in range(8)]
    assert min(codes) < 0 < max(codes)
    assert min(codes) >= -(2**63)
    for code in codes:
        assert sum(bits << (band * BAND_BITS) for band, bits in enumerate(bands_of(code))) == code % 2**64
    assert distance(-1, 0) == 64
