"""Masked content: what a mask's area is filled with."""

import numpy as np
import pytest
from PIL import Image

from generation.pipelines.image_inputs.mask_fill import fill

NOISE = Image.effect_noise((256, 256), 90).convert("RGB")


def noise(width, height):
    return NOISE.crop((0, 0, width, height))


def box_mask(size, box):
    mask = Image.new("L", size, 0)
    mask.paste(255, box)
    return mask


def pixels(image):
    return np.asarray(image).astype(int)


class TestFilling:
    IMAGE = Image.new("RGB", (64, 64), (200, 40, 40))
    HOLE = box_mask((64, 64), (16, 16, 48, 48))

    @pytest.mark.parametrize("how", ["original", "fill", "noise", "nothing"])
    def test_unmasked_pixels_stay(self, how):
        filled = pixels(fill(noise(64, 64), self.HOLE, how, seed=1))
        kept = pixels(self.HOLE) == 0
        assert (filled[kept] == pixels(noise(64, 64))[kept]).all()

    def test_fill_takes_the_surrounding_colours(self):
        image = self.IMAGE.copy()
        image.paste("white", (16, 16, 48, 48))
        assert np.abs(pixels(fill(image, self.HOLE, "fill", seed=1)) - (200, 40, 40)).max() <= 6

    def test_fill_with_nothing_around_changes_nothing(self):
        everything = Image.new("L", (64, 64), 255)
        assert fill(self.IMAGE, everything, "fill", seed=1).tobytes() == self.IMAGE.tobytes()

    def test_noise_is_the_seeds_own(self):
        one, same, other = (fill(self.IMAGE, self.HOLE, "noise", seed=seed) for seed in (1, 1, 2))
        assert one.tobytes() == same.tobytes() != other.tobytes()

    def test_nothing_is_grey(self):
        assert fill(self.IMAGE, self.HOLE, "nothing", seed=1).getpixel((32, 32)) == (127, 127, 127)
