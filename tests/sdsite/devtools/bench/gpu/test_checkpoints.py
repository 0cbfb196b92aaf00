"""Checkpoints of the bench have the shapes of the published ones."""

import pytest
import torch

from sdsite.devtools.bench.gpu import checkpoints

# Millions of weights of the published checkpoints' parts, and of the shortened Flux.
PUBLISHED = {
    "sd": {"unet": 859.5, "text_encoder": 123.1, "vae": 83.7},
    "sdxl": {"unet": 2567.5, "text_encoder": 123.1, "text_encoder_2": 694.7, "vae": 83.7},
    "flux": {"transformer": 3802.2, "text_encoder": 123.1, "vae": 83.8},
}


@pytest.mark.parametrize("family", PUBLISHED)
def test_real_shapes_have_the_published_numbers_of_weights(family, monkeypatch):
    # Weights without data take no memory; a scheduler of such tensors cannot be made, and has no weights.
    monkeypatch.setattr(checkpoints.diffusers, "EulerDiscreteScheduler", lambda **config: None)
    monkeypatch.setattr(checkpoints.diffusers, "DDIMScheduler", lambda **config: None)
    built = {}
    for name in ("StableDiffusionPipeline", "StableDiffusionXLPipeline", "FluxPipeline"):
        monkeypatch.setattr(checkpoints.diffusers, name, lambda **parts: built.update(parts))
    with checkpoints.created_on("meta", torch.float16):
        checkpoints.BUILDERS[family]("real")
    counts = {name: sum(one.numel() for one in built[name].parameters()) / 1e6 for name in PUBLISHED[family]}
    assert counts == pytest.approx(PUBLISHED[family], abs=0.1)


def test_weights_are_written_in_the_precision_that_was_asked_for(tmp_path):
    folder = checkpoints.write_checkpoint("sd", tmp_path, size="tiny", device="cpu", dtype=torch.float16)
    full = checkpoints.write_checkpoint("sd", tmp_path / "full", size="tiny", device="cpu", dtype=torch.float32)
    sizes = [(where / "unet" / "diffusion_pytorch_model.safetensors").stat().st_size for where in (folder, full)]
    assert sizes[0] == pytest.approx(sizes[1] / 2, rel=0.05)
    assert torch.get_default_dtype() == torch.float32
