"""Pasting generated areas back: unmasked pixels stay the same bit for bit."""

import numpy as np
import pytest
from PIL import Image

from generation.errors import GenerationError
from generation.parameters.nested import Outpaint
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.image_inputs.canvas import make_canvas
from generation.pipelines.image_inputs.mask_fill import extend
from generation.pipelines.image_inputs.masks import blur_mask
from generation.pipelines.image_inputs.resize import fit
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


def pixels(image):
    return np.asarray(image).astype(int)


class TestCanvas:
    def test_image_to_image_starts_from_the_resized_image_and_keeps_the_result(self):
        made = make_canvas(requested("image_to_image"), InputImages(init=noise(128, 64)))
        assert made.start.tobytes() == noise(128, 64).crop((32, 0, 96, 64)).tobytes()
        generated = Image.new("RGB", (64, 64), "red")
        assert made.finish(generated) is generated

    @pytest.mark.parametrize("blur", [0, 4])
    @pytest.mark.parametrize("area", ["whole", "masked"])
    def test_outside_of_the_mask_every_pixel_stays(self, area, blur):
        init, mask = noise(64, 64), box_mask((64, 64), (20, 20, 44, 44))
        made = make_canvas(requested(mask_area=area, mask_blur=blur, mask_padding=8), InputImages(init=init, mask=mask))
        assert made.start.size == made.mask.size == (64, 64)
        finished = pixels(made.finish(Image.new("RGB", (64, 64), "red")))
        kept = pixels(blur_mask(mask, blur)) == 0
        assert kept[0, 0]
        assert (finished[kept] == pixels(init)[kept]).all()
        assert (finished[32, 32] == (255, 0, 0)).all()

    def test_the_masked_area_is_generated_at_full_size_and_the_image_keeps_its_own(self):
        init, mask = noise(200, 150), box_mask((200, 150), (100, 60, 120, 80))
        made = make_canvas(
            requested(mask_area="masked", mask_blur=0, mask_padding=6), InputImages(init=init, mask=mask)
        )
        assert made.box == (94, 54, 126, 86)
        assert made.start.tobytes() == fit(init.crop(made.box), (64, 64), "stretch").tobytes()
        assert made.mask.getbbox() == (12, 12, 52, 52)
        finished = made.finish(Image.new("RGB", (64, 64), "red"))
        assert finished.size == (200, 150)
        assert (pixels(finished)[pixels(mask) == 255] == (255, 0, 0)).all()
        assert (pixels(finished)[pixels(mask) == 0] == pixels(init)[pixels(mask) == 0]).all()

    @pytest.mark.parametrize(("area", "size"), [("whole", (128, 128)), ("masked", (64, 64))])
    def test_a_result_that_a_second_pass_upscaled_is_pasted_too(self, area, size):
        made = make_canvas(
            requested(mask_area=area), InputImages(init=noise(64, 64), mask=box_mask((64, 64), (20, 20, 44, 44)))
        )
        finished = made.finish(Image.new("RGB", (128, 128), "red"))
        assert finished.size == size
        assert finished.getpixel((size[0] // 2, size[1] // 2)) == (255, 0, 0)
        assert finished.getpixel((0, 0)) != (255, 0, 0)

    @pytest.mark.parametrize("area", ["whole", "masked"])
    @pytest.mark.parametrize("blur", [0, 6])
    @pytest.mark.parametrize("sides", [(16, 0, 16, 0), (0, 8, 0, 0), (8, 16, 24, 32)])
    def test_outpainting_generates_the_added_area_and_keeps_every_old_pixel(self, sides, blur, area):
        left, top, right, bottom = sides
        init = noise(96, 80)
        by = Outpaint(left=left, top=top, right=right, bottom=bottom)
        size = (96 + left + right, 80 + top + bottom)
        parameters = requested(
            outpaint=by, mask_image=None, mask_blur=blur, mask_area=area, width=size[0], height=size[1]
        )
        made = make_canvas(parameters, InputImages(init=init))
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
        parameters = requested(outpaint=Outpaint(right=64), mask_image=None, width=128)
        added = pixels(make_canvas(parameters, InputImages(init=init)).start)[:, 64:]
        assert np.abs(added.mean((0, 1)) - (100, 150, 200)).max() < 3
        assert added.std((0, 1)).min() > 10
        assert extend(init, Outpaint(right=64)).getpixel((127, 0)) == (100, 150, 200)

    def test_a_mask_and_outpainting_work_together(self):
        mask = box_mask((64, 64), (8, 8, 24, 24))
        parameters = requested(outpaint=Outpaint(right=64), width=128, mask_blur=0)
        made = make_canvas(parameters, InputImages(init=noise(64, 64), mask=mask))
        assert pixels(made.mask)[16, 16] == pixels(made.mask)[16, 100] == 255
        assert pixels(made.mask)[40, 40] == 0

    def test_the_init_images_own_transparency_may_be_the_mask(self):
        init = NOISE.crop((0, 0, 64, 64)).convert("RGBA")
        init.paste((0, 0, 0, 0), (16, 16, 48, 48))
        made = make_canvas(requested(mask_image=ALIKE, mask_blur=0), InputImages(init=init, mask=init))
        assert made.mask.getbbox() == (16, 16, 48, 48)

    @pytest.mark.parametrize("area", ["whole", "masked"])
    def test_an_empty_mask_returns_the_init_image(self, area):
        made = make_canvas(requested(mask_area=area), InputImages(init=noise(64, 64), mask=Image.new("L", (8, 8), 0)))
        assert made.finish(Image.new("RGB", (64, 64), "red")).tobytes() == noise(64, 64).tobytes()

    def test_a_missing_init_image_is_an_error(self):
        with pytest.raises(GenerationError) as error:
            make_canvas(requested(), InputImages())
        assert error.value.code == "picture_missing"
