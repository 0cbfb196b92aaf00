"""Parameters that do not fit together, or do not fit the family, are refused by name."""

import pytest

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.validators import FieldRefused
from tests.generation.parameters.conftest import axes, resolved

FLUX = CheckpointDefaults("flux", "flux", 1024, 1024, 20, 3.5, "euler")


IMAGE = "image:11111111-1111-1111-1111-111111111111"


@pytest.mark.parametrize(
    ("field", "requested"),
    [
        ("grid.axes.0.values", {"grid": axes(("steps", [4, 800]))}),
        ("grid.axes.1.values", {"grid": axes(("steps", [4]), ("sampler", ["nobody"]))}),
        ("grid.axes.0.field", {"grid": axes(("count", [1, 2]))}),
        ("grid.axes", {"grid": axes(("hires.scale", [2]))}),
        ("grid.axes", {"grid": axes(("steps", list(range(1, 65))), ("seed", [1, 2, 3, 4, 5]))}),
        ("init_image", {"task": "image_to_image"}),
        ("mask_image", {"task": "inpaint", "init_image": IMAGE}),
        ("task", {"task": "text_to_image", "init_image": IMAGE}),
        ("keep_original", {"keep_original": True}),
        ("variation_strength", {"init_image": IMAGE, "variation_strength": 0.5}),
        ("hires.scale", {"hires": {"scale": 4}, "width": 2048}),
        ("upscale_by", {"upscale_by": 8, "width": 2048}),
        ("true_cfg_scale", {"true_cfg_scale": 2}),
        ("image_prompts", {"image_prompts": ["one"], "count": 2}),
        ("prompt", {"prompt": "x <lora:ink:99>"}),
        ("guidance_rescale", {"guidance_rescale": 0.5, "init_image": IMAGE}),
        ("guidance_rescale", {"guidance_rescale": 0.5, "hires": {"scale": 2}}),
    ],
)
def test_what_does_not_fit_together_is_refused_by_its_name(field, requested):
    with pytest.raises(FieldRefused) as refused:
        resolved(**requested)
    assert refused.value.field == field
    assert field.split(".")[0] in str(refused.value)


def test_what_only_other_families_know_is_refused_naming_them():
    with pytest.raises(FieldRefused, match="Stable Diffusion XL") as refused:
        resolved(FLUX, clip_skip=2)
    assert refused.value.field == "clip_skip"
    assert resolved(FLUX, true_cfg_scale=2).true_cfg_scale == 2
