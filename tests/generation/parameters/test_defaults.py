"""Defaults of a checkpoint, and the sizes it allows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.notes import notes
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from generation.parameters.validators import FieldRefused

PLAIN = CheckpointDefaults("tulip", "sd", 512, 512, 25, 7.0, "dpmpp_2m")


SIZES = ((512, 512), (768, 512), (512, 768), (1024, 1024))


SNAPPING = replace(PLAIN, sizes=SIZES, size_policy="snap")


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


def told(asked, defaults):
    return notes(asked, resolve(asked, defaults), defaults)


def test_the_own_upscaler_enlarges_where_none_is_named():
    defaults = replace(PLAIN, upscaler="crisp")
    assert resolve(requested(upscale_by=2), defaults).upscaler == "crisp"
    assert resolve(requested(), defaults).upscaler == "lanczos"
    assert resolve(requested(upscale_by=2, upscaler="nearest"), defaults).upscaler == "nearest"


def test_layer_and_autoencoder_are_filled_in():
    defaults = replace(PLAIN, clip_skip=2, vae="sharp")
    resolved = resolve(requested(), defaults)
    assert (resolved.clip_skip, resolved.vae) == (2, "sharp")
    assert told(requested(), defaults) == ["Decoded with sharp, the VAE that tulip is set to use."]
    own = resolve(requested(clip_skip=1, vae="soft"), defaults)
    assert (own.clip_skip, own.vae) == (1, "soft")


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ((512, 512), (512, 512)),
        ((520, 504), (512, 512)),
        ((960, 640), (768, 512)),
        ((640, 960), (512, 768)),
        ((1280, 720), (768, 512)),
        ((2048, 2048), (1024, 1024)),
        ((64, 64), (512, 512)),
    ],
)
def test_other_sizes_become_the_nearest_allowed_one(asked, drawn):
    resolved = resolve(requested(width=asked[0], height=asked[1]), SNAPPING)
    assert (resolved.width, resolved.height) == drawn
    said = told(requested(width=asked[0], height=asked[1]), SNAPPING)
    assert bool(said) == (asked != drawn)
    if said:
        assert said == [
            f"Generated at {drawn[0]}x{drawn[1]} instead of {asked[0]}x{asked[1]}, the nearest size that tulip allows."
        ]


def test_other_sizes_are_refused_where_nothing_else_was_chosen():
    with pytest.raises(FieldRefused, match="size must be 512x512, 768x512"):
        resolve(requested(width=520, height=504), replace(SNAPPING, size_policy="refuse"))


def test_without_a_list_the_familys_steps_are_the_allowed_sizes():
    flux = CheckpointDefaults("bud", "flux", 1024, 1024, 28, 3.5, "euler", size_policy="snap")
    asked = requested(width=1000, height=1016)
    resolved = resolve(asked, flux)
    assert (resolved.width, resolved.height) == (992, 1024)
    assert told(asked, flux) == ["Generated at 992x1024 instead of 1000x1016, the nearest size that bud allows."]


sides = st.integers(8, 256).map(lambda eighths: 8 * eighths)


@given(sides, sides)
def test_whatever_is_asked_for_an_allowed_size_comes_out(width, height):
    resolved = resolve(requested(width=width, height=height), SNAPPING)
    assert (resolved.width, resolved.height) in SIZES
