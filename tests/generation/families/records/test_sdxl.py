"""Facts of Stable Diffusion XL."""

from generation.families import FAMILIES
from generation.families.records.sdxl import FAMILY


def test_its_autoencoder_overflows_in_half_precision():
    assert FAMILIES["sdxl"] is FAMILY
    assert FAMILY.latents.overflows
    assert not any(one.latents.overflows for key, one in FAMILIES.items() if key != "sdxl")


def test_it_alone_has_a_refiner():
    assert [key for key, one in FAMILIES.items() if "refiner" in one.features] == ["sdxl"]
