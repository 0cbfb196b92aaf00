"""Pictures and masks brought to what is drawn, and drawings laid back: what was to stay stays, bit for bit."""

import numpy as np
import pytest
from PIL import Image

from generation.errors import GenerationError
from generation.parameters.nested import Outpaint
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.image_inputs.canvas import frame
from generation.pipelines.image_inputs.mask_fill import extend, fill
from generation.pipelines.image_inputs.masks import hard, read_mask, region, soft, soft_inside
from generation.pipelines.image_inputs.resize import fit, flat
from generation.pipelines.protocol import InputImages

NOISE = Image.effect_noise((256, 256), 90).convert("RGB")
ALIKE, OTHER = "upload:00000000-0000-4000-8000-000000000000", "upload:00000000-0000-4000-8000-000000000001"


def noise(width, height):
    return NOISE.crop((0, 0, width, height))


def box_mask(size, box):
    mask = Image.new("L", size, 0)
    mask.paste(255, box)
    return mask


def requested(task="inpaint", **fields):
    values = {"prompt": "a red heart", "checkpoint": "sd", "width": 64, "height": 64, "steps": 4, "guidance_scale": 4.0}
    values |= {"sampler": "ddim", "schedule": "normal", "eta": 0.0, "seed": 1, "upscaler": "lanczos"}
    values |= {"task": task, "init_image": ALIKE, "mask_image": OTHER if task == "inpaint" else None}
    return ResolvedParameters(**values | fields)


def pixels(picture):
    return np.asarray(picture).astype(int)


class TestFitting:
    def test_a_picture_of_the_right_size_is_left_alone(self):
        picture = noise(64, 64)
        assert all(fit(picture, (64, 64), mode) is picture for mode in ("crop", "letterbox", "stretch"))

    @pytest.mark.parametrize("mode", ["crop", "letterbox", "stretch"])
    @pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (63, 65), (256, 256)])
    def test_every_shape_comes_out_at_the_size(self, mode, size):
        for picture in (noise(*size), noise(*size).convert("L")):
            fitted = fit(picture, (64, 96), mode)
            assert (fitted.size, fitted.mode) == ((64, 96), picture.mode)

    def test_crop_keeps_the_middle_and_whole_pixels(self):
        picture = noise(80, 64)
        assert fit(picture, (64, 64), "crop").tobytes() == picture.crop((8, 0, 72, 64)).tobytes()

    def test_letterbox_shows_all_between_black_bars(self):
        fitted = pixels(fit(Image.new("RGB", (64, 32), "white"), (64, 64), "letterbox"))
        assert (fitted[16:48] == 255).all()
        assert (fitted[:16] == 0).all()
        assert (fitted[48:] == 0).all()

    def test_a_thin_strip_needs_no_giant_in_between(self):
        assert fit(Image.new("RGB", (32_000, 1), "red"), (64, 64), "crop").getpixel((0, 0)) == (255, 0, 0)

    def test_transparency_lies_on_white(self):
        assert flat(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).getpixel((0, 0)) == (255, 255, 255)


class TestMasks:
    @pytest.mark.parametrize("mode", ["L", "RGB", "1", "RGBA", "P"])
    def test_white_is_drawn_anew_in_every_mode(self, mode):
        mask = box_mask((8, 8), (2, 2, 6, 6))
        assert read_mask(mask.convert(mode), (8, 8)).tobytes() == mask.tobytes()
        assert read_mask(mask.convert(mode), (8, 8), invert=True).getpixel((0, 0)) == 255

    def test_strokes_on_nothing_are_what_is_drawn_anew(self):
        strokes = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
        strokes.paste((255, 255, 255, 255), (2, 2, 6, 6))
        assert read_mask(strokes, (8, 8)).tobytes() == box_mask((8, 8), (2, 2, 6, 6)).tobytes()

    def test_of_alpha_what_is_transparent_is_drawn_anew(self):
        picture = Image.new("RGBA", (8, 8), (9, 9, 9, 255))
        picture.paste((0, 0, 0, 0), (2, 2, 6, 6))
        assert read_mask(picture, (8, 8), of_alpha=True).tobytes() == box_mask((8, 8), (2, 2, 6, 6)).tobytes()
        assert read_mask(picture.convert("RGB"), (8, 8), of_alpha=True).getbbox() is None

    def test_another_size_is_stretched(self):
        assert hard(read_mask(box_mask((8, 8), (0, 0, 4, 8)), (64, 32))).getbbox() == (0, 0, 32, 32)

    def test_soft_edges_reach_outwards_and_soft_inside_does_not(self):
        mask = box_mask((96, 96), (32, 32, 96, 64))
        assert soft(mask, 4).getpixel((30, 48)) > 0
        inside = pixels(soft_inside(mask, 4))
        assert (inside[pixels(mask) == 0] == 0).all()
        assert 0 < inside[48, 36] < 255
        assert inside[48, 60] == 255
        assert inside[48, 95] == 255  # the picture's own edge is none of the mask
        assert soft(mask, 0) is soft_inside(mask, 0) is mask

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
    def test_the_region_has_the_shape_that_is_drawn_as_far_as_the_picture_reaches(self, box, size, padding, wanted):
        assert region(box_mask((100, 100), box), size, padding) == wanted


class TestFilling:
    PICTURE = Image.new("RGB", (64, 64), (200, 40, 40))
    HOLE = box_mask((64, 64), (16, 16, 48, 48))

    @pytest.mark.parametrize("how", ["original", "fill", "noise", "nothing"])
    def test_what_is_not_masked_stays(self, how):
        filled = pixels(fill(noise(64, 64), self.HOLE, how, seed=1))
        kept = pixels(self.HOLE) == 0
        assert (filled[kept] == pixels(noise(64, 64))[kept]).all()

    def test_fill_takes_the_colours_around(self):
        picture = self.PICTURE.copy()
        picture.paste("white", (16, 16, 48, 48))
        assert np.abs(pixels(fill(picture, self.HOLE, "fill", seed=1)) - (200, 40, 40)).max() <= 6

    def test_fill_with_nothing_around_changes_nothing(self):
        everything = Image.new("L", (64, 64), 255)
        assert fill(self.PICTURE, everything, "fill", seed=1).tobytes() == self.PICTURE.tobytes()

    def test_noise_is_the_seeds_own(self):
        one, same, other = (fill(self.PICTURE, self.HOLE, "noise", seed=seed) for seed in (1, 1, 2))
        assert one.tobytes() == same.tobytes() != other.tobytes()

    def test_nothing_is_grey(self):
        assert fill(self.PICTURE, self.HOLE, "nothing", seed=1).getpixel((32, 32)) == (127, 127, 127)


class TestFrames:
    def test_image_to_image_starts_from_the_fitted_picture_and_keeps_the_drawing(self):
        made = frame(requested("image_to_image"), InputImages(init=noise(128, 64)))
        assert made.start.tobytes() == noise(128, 64).crop((32, 0, 96, 64)).tobytes()
        drawn = Image.new("RGB", (64, 64), "red")
        assert made.finish(drawn) is drawn

    @pytest.mark.parametrize("blur", [0, 4])
    @pytest.mark.parametrize("area", ["whole", "masked"])
    def test_outside_of_the_mask_every_pixel_stays(self, area, blur):
        init, mask = noise(64, 64), box_mask((64, 64), (20, 20, 44, 44))
        made = frame(requested(mask_area=area, mask_blur=blur, mask_padding=8), InputImages(init=init, mask=mask))
        assert made.start.size == made.mask.size == (64, 64)
        finished = pixels(made.finish(Image.new("RGB", (64, 64), "red")))
        kept = pixels(soft(mask, blur)) == 0
        assert kept[0, 0]
        assert (finished[kept] == pixels(init)[kept]).all()
        assert (finished[32, 32] == (255, 0, 0)).all()

    def test_the_masked_area_is_drawn_at_full_size_and_the_picture_keeps_its_own(self):
        init, mask = noise(200, 150), box_mask((200, 150), (100, 60, 120, 80))
        made = frame(requested(mask_area="masked", mask_blur=0, mask_padding=6), InputImages(init=init, mask=mask))
        assert made.box == (94, 54, 126, 86)
        assert made.start.tobytes() == fit(init.crop(made.box), (64, 64), "stretch").tobytes()
        assert made.mask.getbbox() == (12, 12, 52, 52)
        finished = made.finish(Image.new("RGB", (64, 64), "red"))
        assert finished.size == (200, 150)
        assert (pixels(finished)[pixels(mask) == 255] == (255, 0, 0)).all()
        assert (pixels(finished)[pixels(mask) == 0] == pixels(init)[pixels(mask) == 0]).all()

    @pytest.mark.parametrize(("area", "size"), [("whole", (128, 128)), ("masked", (64, 64))])
    def test_a_drawing_that_a_second_pass_enlarged_is_laid_back_too(self, area, size):
        made = frame(
            requested(mask_area=area), InputImages(init=noise(64, 64), mask=box_mask((64, 64), (20, 20, 44, 44)))
        )
        finished = made.finish(Image.new("RGB", (128, 128), "red"))
        assert finished.size == size
        assert finished.getpixel((size[0] // 2, size[1] // 2)) == (255, 0, 0)
        assert finished.getpixel((0, 0)) != (255, 0, 0)

    @pytest.mark.parametrize("area", ["whole", "masked"])
    @pytest.mark.parametrize("blur", [0, 6])
    @pytest.mark.parametrize("sides", [(16, 0, 16, 0), (0, 8, 0, 0), (8, 16, 24, 32)])
    def test_outpainting_draws_what_was_added_and_keeps_every_old_pixel(self, sides, blur, area):
        left, top, right, bottom = sides
        init = noise(96, 80)
        by = Outpaint(left=left, top=top, right=right, bottom=bottom)
        size = (96 + left + right, 80 + top + bottom)
        image = requested(outpaint=by, mask_image=None, mask_blur=blur, mask_area=area, width=size[0], height=size[1])
        made = frame(image, InputImages(init=init))
        finished = made.finish(Image.new("RGB", made.start.size, "red"))
        assert finished.size == size
        assert finished.crop((left, top, left + 96, top + 80)).tobytes() == init.tobytes()
        new = pixels(made.paste) == 255
        assert new.any()
        assert (pixels(finished)[new] == (255, 0, 0)).all()
        if area == "whole":
            added = np.full(size[::-1], 255)
            added[top : top + 80, left : left + 96] = 0
            assert (pixels(made.mask) == added).all()

    def test_outpainting_starts_from_stretched_edges_with_grain(self):
        init = Image.new("RGB", (64, 64), (100, 150, 200))
        image = requested(outpaint=Outpaint(right=64), mask_image=None, width=128)
        added = pixels(frame(image, InputImages(init=init)).start)[:, 64:]
        assert np.abs(added.mean((0, 1)) - (100, 150, 200)).max() < 3
        assert added.std((0, 1)).min() > 10
        assert extend(init, Outpaint(right=64)).getpixel((127, 0)) == (100, 150, 200)

    def test_a_mask_and_outpainting_come_together(self):
        mask = box_mask((64, 64), (8, 8, 24, 24))
        image = requested(outpaint=Outpaint(right=64), width=128, mask_blur=0)
        made = frame(image, InputImages(init=noise(64, 64), mask=mask))
        assert pixels(made.mask)[16, 16] == pixels(made.mask)[16, 100] == 255
        assert pixels(made.mask)[40, 40] == 0

    def test_the_init_images_own_transparency_may_be_the_mask(self):
        init = NOISE.crop((0, 0, 64, 64)).convert("RGBA")
        init.paste((0, 0, 0, 0), (16, 16, 48, 48))
        made = frame(requested(mask_image=ALIKE, mask_blur=0), InputImages(init=init, mask=init))
        assert made.mask.getbbox() == (16, 16, 48, 48)

    @pytest.mark.parametrize("area", ["whole", "masked"])
    def test_a_mask_that_leaves_nothing_to_draw_gives_the_picture_back(self, area):
        made = frame(requested(mask_area=area), InputImages(init=noise(64, 64), mask=Image.new("L", (8, 8), 0)))
        assert made.finish(Image.new("RGB", (64, 64), "red")).tobytes() == noise(64, 64).tobytes()

    def test_without_a_picture_there_is_nothing_to_start_from(self):
        with pytest.raises(GenerationError) as error:
            frame(requested(), InputImages())
        assert error.value.code == "picture_missing"
