"""Another autoencoder decodes images and previews, or is refused."""

import diffusers
import numpy as np
import pytest
from safetensors.torch import load_file

from generation.errors import GenerationError
from generation.pipelines.previews.latent_rgb import get_latent_to_rgb
from tests.generation.pipelines.adapters.conftest import run_pipeline, same


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_another_autoencoder_decodes(load, bare, apply, weights, family, single):
    path = weights("autoencoder", family, single=single, suffix=".safetensors" if single else "")
    loaded = load(family)
    before = run_pipeline(loaded.pipe)
    with apply(family, {("vae", "clear"): path}, vae="clear") as applied:
        generated = run_pipeline(applied.pipe)
    assert not same(generated, before)
    assert same(run_pipeline(loaded.pipe), before)
    reference = bare(family)
    if single:
        reference.vae.load_state_dict(load_file(path))
    else:
        reference.vae = diffusers.AutoencoderKL.from_pretrained(path)
    assert np.abs(generated - run_pipeline(reference)).max() < 1e-6


def test_previews_follow_the_autoencoder_that_decodes(load, apply, weights):
    files, loaded = {("vae", "clear"): weights("autoencoder", "sd", suffix="")}, load("sd")
    latent_to_rgb = get_latent_to_rgb(loaded)
    with apply("sd", files, vae="clear"):
        others = get_latent_to_rgb(loaded)
    assert others is not latent_to_rgb
    assert get_latent_to_rgb(loaded) is latent_to_rgb
    with apply("sd", files, vae="clear"):
        assert get_latent_to_rgb(loaded) is others  # worked out once


def test_an_autoencoder_of_other_latents_is_refused(load, apply, weights):
    path = weights("autoencoder", "flux", suffix="")
    with (
        pytest.raises(GenerationError, match="latent_channels are 16, not 4"),
        apply("sd", {("vae", "clear"): path}, vae="clear"),
    ):
        pass
