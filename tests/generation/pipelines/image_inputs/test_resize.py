"""Resize modes: stretched, cropped, filled."""

import numpy as np
import pytest
from PIL import Image

from generation.pipelines.image_inputs.resize import fit, flatten

NOISE = Image.effect_noise((256, 256), 90).convert("RGB")


def noise(width, height):
    return NOISE.crop((0, 0, width, height))


def pixels(image):
    return np.asarray(image).astype(int)


class TestFit:
    def test_an_image_of_the_right_size_is_unchanged(self):
        image = noise(64, 64)
        assert all(fit(image, (64, 64), mode) is image for mode in ("crop", "letterbox", "stretch"))

    @pytest.mark.parametrize("mode", ["crop", "letterbox", "stretch"])
    @pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (63, 65), (256, 256)])
    def test_every_shape_is_resized_to_the_size(self, mode, size):
        for image in (noise(*size), noise(*size).convert("L")):
            fitted = fit(image, (64, 96), mode)
            assert (fitted.size, fitted.mode) == ((64, 96), image.mode)

    def test_crop_keeps_the_middle_and_whole_pixels(self):
        image = noise(80, 64)
        assert fit(image, (64, 64), "crop").tobytes() == image.crop((8, 0, 72, 64)).tobytes()

    def test_letterbox_shows_all_between_black_bars(self):
        fitted = pixels(fit(Image.new("RGB", (64, 32), "white"), (64, 64), "letterbox"))
        assert (fitted[16:48] == 255).all()
        assert (fitted[:16] == 0).all()
        assert (fitted[48:] == 0).all()

    def test_a_thin_strip_needs_no_large_intermediate_image(self):
        assert fit(Image.new("RGB", (32_000, 1), "red"), (64, 64), "crop").getpixel((0, 0)) == (255, 0, 0)

    def test_transparency_becomes_white(self):
        assert flatten(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)
