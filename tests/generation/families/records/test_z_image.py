"""Facts of Z-Image."""

from generation.families import FAMILIES
from generation.families.records.z_image import FAMILY


def test_its_usual_checkpoint_is_distilled():
    assert FAMILIES["z_image"] is FAMILY
    assert (FAMILY.steps, FAMILY.guidance_scale) == (9, 0.0)


def test_its_latents_are_in_single_precision():
    assert [key for key, one in FAMILIES.items() if one.latents.single] == ["z_image"]
