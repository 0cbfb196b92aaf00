"""The scale of latents goes back and forth as in the pipelines of diffusers."""

from types import SimpleNamespace

import pytest
import torch
from diffusers import AutoencoderKLFlux2

from generation.families.record import Latents
from generation.pipelines.latents.scale import add_frames, get_token_scale, scale, unscale, without_frames

BY_FACTOR = SimpleNamespace(config=type("Config", (dict,), {"scaling_factor": 0.5, "shift_factor": 0.25})())
BY_FACTOR.config.update(scaling_factor=0.5, shift_factor=0.25)
BY_CHANNEL = SimpleNamespace(config={"latents_mean": [1.0, -1.0], "latents_std": [2.0, 0.5]})


@pytest.mark.parametrize(
    ("vae", "form"), [(BY_FACTOR, Latents(2)), (BY_CHANNEL, Latents(2, normalisation="statistics"))]
)
def test_what_was_scaled_is_unscaled(vae, form):
    latents = torch.randn(1, 2, 4, 4)
    scaled = scale(vae, latents, form)
    assert not torch.equal(scaled, latents)
    assert torch.allclose(unscale(vae, scaled, form), latents, atol=1e-6)


def test_finished_latents_are_as_the_autoencoder_takes_them():
    latents = torch.randn(1, 2, 4, 4)
    assert unscale(BY_CHANNEL, latents, Latents(2, finished=True)) is latents


def test_tokens_of_a_batch_norm_come_to_the_scale_of_their_channel():
    form = Latents(2, patch=2, normalisation="batch_norm")
    vae = SimpleNamespace(
        bn=SimpleNamespace(running_mean=torch.arange(8.0), running_var=torch.arange(1.0, 9.0)),
        config=SimpleNamespace(batch_norm_eps=1e-4),
    )
    latents = torch.randn(1, 2, 2, 2)
    squares = latents.reshape(1, 8)  # one square: its channels, then its rows and columns
    deviation = torch.sqrt(vae.bn.running_var + 1e-4)
    tokens = (squares - vae.bn.running_mean) / deviation
    found = get_token_scale(vae, form)
    back = tokens * torch.from_numpy(found["factor"]) + torch.from_numpy(found["shift"])
    assert torch.allclose(back.reshape(1, 2, 2, 2), scale(vae, latents, form), atol=1e-5)
    assert get_token_scale(BY_FACTOR, Latents(2)) == {}


def test_frames_come_and_go():
    images, form = torch.zeros(2, 3, 4, 4), Latents(4, frames=True)
    assert add_frames(images, form).shape == (2, 3, 1, 4, 4)
    assert without_frames(add_frames(images, form), form).shape == images.shape
    assert add_frames(images, Latents(4)) is images


def test_the_batch_norm_of_diffusers_has_the_names_that_are_read():
    vae = AutoencoderKLFlux2(
        block_out_channels=(32,), down_block_types=("DownEncoderBlock2D",), up_block_types=("UpDecoderBlock2D",)
    )
    assert set(get_token_scale(vae, Latents(32, patch=2, normalisation="batch_norm"))) == {"factor", "shift"}
