"""Loading a checkpoint: precision, variants, and weights that do not fit."""

import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import load
from generation.weights.sources import CheckpointSource

CPU = Device("cpu", torch.float32)


def test_weights_are_loaded_in_one_precision(starter):
    """transformers follows the dtype in a config; a half precision text encoder with a full one denoiser would fail."""
    loaded = load(starter, CPU)
    parts = (loaded.pipe.unet, loaded.pipe.vae, loaded.pipe.text_encoder)
    assert {parameter.dtype for part in parts for parameter in part.parameters()} == {torch.float32}
    half = load(starter, Device("cpu", torch.float16))
    assert half.size_bytes < loaded.size_bytes * 0.6


def test_no_safety_checker_comes_along(starter):
    assert load(starter, CPU).pipe.safety_checker is None


def test_half_precision_variants_are_loaded(checkpoints, tmp_path):
    copy = shutil.copytree(checkpoints["sd"].location, tmp_path / "copy")
    for part in ("unet", "vae", "text_encoder"):
        for weights in (copy / part).glob("*.safetensors"):
            weights.rename(weights.with_name(f"{weights.stem}.fp16.safetensors"))
    assert load(CheckpointSource("copy", "folder", str(copy)), CPU).family == "sd"


def test_weights_that_do_not_fit_their_config_are_invalid(checkpoints, tmp_path):
    copy = shutil.copytree(checkpoints["sd"].location, tmp_path / "copy")
    [weights] = (copy / "unet").glob("*.safetensors")
    tensors = load_file(weights)
    tensors["conv_in.weight"] = torch.zeros(7, 4, 3, 3)
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(GenerationError) as caught:
        load(CheckpointSource("copy", "folder", str(copy)), CPU)
    assert caught.value.code == "checkpoint_invalid"


def test_a_hub_id_without_a_network_is_missing():
    with pytest.raises(GenerationError, match="could not be fetched") as caught:
        load(CheckpointSource("far", "hub", "nobody/nothing"), CPU)
    assert caught.value.code == "checkpoint_missing"
