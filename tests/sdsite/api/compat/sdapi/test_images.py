"""Input images and masks of AUTOMATIC1111's API."""

import pytest

from tests.sdsite.api.compat.sdapi.conftest import ALWAYS, base64_of, parameters_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_wait")]


def test_an_init_image(owner):
    sent = {"init_images": [base64_of()], "resize_mode": 2, "denoising_strength": 0.6, "initial_noise_multiplier": 1.1}
    found = parameters_of(owner, "img2img", **sent)
    assert (found["task"], found["strength"], found["resize_mode"]) == ("image_to_image", 0.6, "letterbox")
    assert found["init_image"].startswith("upload:")
    assert found["noise_multiplier"] == 1.1
    assert found["mask_fill"] == "original"


def test_a_mask(owner):
    mask = f"data:image/png;base64,{base64_of('white')}"
    sent = {"init_images": [base64_of()], "mask": mask, "mask_blur": 3, "inpainting_fill": 2}
    sent |= {"inpaint_full_res_padding": 16, "inpainting_mask_invert": 1}
    found = parameters_of(owner, "img2img", **sent)
    expected = {"task": "inpaint", "mask_blur": 3.0, "mask_fill": "noise", "mask_area": "masked", "mask_padding": 16}
    assert found | expected == found
    assert found["mask_invert"] is True
    assert parameters_of(owner, "img2img", **sent, inpaint_full_res=0)["mask_area"] == "whole"


def test_input_images_are_returned_only_on_request(owner):
    sent = ALWAYS | {"init_images": [base64_of()], "mask": base64_of("white")}
    echo = owner.post_json("img2img", sent)["parameters"]
    assert (echo["init_images"], echo["mask"], echo["steps"]) == (None, None, 20)
    assert owner.post_json("img2img", sent | {"include_init_images": True})["parameters"]["mask"] == sent["mask"]


def test_a_missing_init_image_is_an_error(owner):
    assert parameters_of(owner, "img2img", status=404)["detail"] == "Init image not found"
    assert "one image a request" in parameters_of(owner, "img2img", status=422, init_images=[base64_of()] * 2)["detail"]
    assert "init_images: " in parameters_of(owner, "img2img", status=422, init_images=["bm8gcGljdHVyZQ=="])["detail"]
