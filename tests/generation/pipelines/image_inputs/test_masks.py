"""Masks: blurred, padded and scaled."""

import numpy as np
import pytest
from PIL import Image

from generation.pipelines.image_inputs.masks import binarize, blur_inwards, blur_mask, masked_region, read_mask


def box_mask(size, box):
    mask = Image.new("L", size, 0)
    mask.paste(255, box)
    return mask


def pixels(image):
    return np.asarray(image).astype(int)


class TestMasks:
    @pytest.mark.parametrize("mode", ["L", "RGB", "1", "RGBA", "P"])
    def test_white_is_masked_in_every_mode(self, mode):
        mask = box_mask((8, 8), (2, 2, 6, 6))
        assert read_mask(mask.convert(mode), (8, 8)).tobytes() == mask.tobytes()
        assert read_mask(mask.convert(mode), (8, 8), invert=True).getpixel((0, 0)) == 255

    def test_strokes_on_transparency_are_masked(self):
        strokes = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
        strokes.paste((255, 255, 255, 255), (2, 2, 6, 6))
        assert read_mask(strokes, (8, 8)).tobytes() == box_mask((8, 8), (2, 2, 6, 6)).tobytes()

    def test_with_of_alpha_transparent_pixels_are_masked(self):
        image = Image.new("RGBA", (8, 8), (9, 9, 9, 255))
        image.paste((0, 0, 0, 0), (2, 2, 6, 6))
        assert read_mask(image, (8, 8), of_alpha=True).tobytes() == box_mask((8, 8), (2, 2, 6, 6)).tobytes()
        assert read_mask(image.convert("RGB"), (8, 8), of_alpha=True).getbbox() is None

    def test_another_size_is_stretched(self):
        assert binarize(read_mask(box_mask((8, 8), (0, 0, 4, 8)), (64, 32))).getbbox() == (0, 0, 32, 32)

    def test_blur_reaches_outwards_and_inward_blur_does_not(self):
        mask = box_mask((96, 96), (32, 32, 96, 64))
        assert blur_mask(mask, 4).getpixel((30, 48)) > 0
        inside = pixels(blur_inwards(mask, 4))
        assert (inside[pixels(mask) == 0] == 0).all()
        assert 0 < inside[48, 36] < 255
        assert inside[48, 60] == 255
        assert inside[48, 95] == 255  # the image's own edge is no edge of the mask
        assert blur_mask(mask, 0) is blur_inwards(mask, 0) is mask

    @pytest.mark.parametrize(
        ("box", "size", "padding", "wanted"),
        [
            ((40, 40, 60, 60), (64, 64), 0, (40, 40, 60, 60)),
            ((40, 40, 60, 60), (64, 64), 10, (30, 30, 70, 70)),
            ((40, 40, 60, 50), (64, 64), 0, (40, 35, 60, 55)),
            ((40, 40, 60, 60), (128, 64), 0, (30, 40, 70, 60)),
            ((0, 0, 20, 10), (64, 64), 0, (0, 0, 20, 20)),
            ((80, 95, 100, 100), (64, 64), 0, (80, 80, 100, 100)),
            ((0, 0, 100, 100), (128, 64), 32, (0, 0, 100, 100)),
        ],
    )
    def test_the_masked_region_has_the_requested_shape_as_far_as_the_image_reaches(self, box, size, padding, wanted):
        assert masked_region(box_mask((100, 100), box), size, padding) == wanted
