"""Another autoencoder decodes images and previews, or is refused."""

import diffusers
import numpy as np
import pytest
from safetensors.torch import load_file

from generation.errors import GenerationError
from generation.pipelines.previews.latent_rgb import get_latent_to_rgb
from tests.generation.pipelines.adapters.conftest import draw, same


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_another_autoencoder_decodes(load, bare, put_on, weights, family, single):
    path = weights("autoencoder", family, single=single, suffix=".safetensors" if single else "")
    loaded = load(family)
    before = draw(loaded.pipe)
    with put_on(family, {("vae", "clear"): path}, vae="clear") as applied:
        drawn = draw(applied.pipe)
    assert not same(drawn, before)
    assert same(draw(loaded.pipe), before)
    reference = bare(family)
    if single:
        reference.vae.load_state_dict(load_file(path))
    else:
        reference.vae = diffusers.AutoencoderKL.from_pretrained(path)
    assert np.abs(drawn - draw(reference)).max() < 1e-6


def test_previews_are_painted_by_the_autoencoder_that_decodes(load, put_on, weights):
    files, loaded = {("vae", "clear"): weights("autoencoder", "sd", suffix="")}, load("sd")
    latent_to_rgb = get_latent_to_rgb(loaded)
    with put_on("sd", files, vae="clear"):
        others = get_latent_to_rgb(loaded)
    assert others is not latent_to_rgb
    assert get_latent_to_rgb(loaded) is latent_to_rgb
    with put_on("sd", files, vae="clear"):
        assert get_latent_to_rgb(loaded) is others  # worked out once


def test_an_autoencoder_of_other_latents_is_refused(load, put_on, weights):
    path = weights("autoencoder", "flux", suffix="")
    with (
        pytest.raises(GenerationError, match="latent_channels are 16, not 4"),
        put_on("sd", {("vae", "clear"): path}, vae="clear"),
    ):
        pass
