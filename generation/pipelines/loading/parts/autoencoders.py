"""Autoencoders in a file of their own, under the names of diffusers or of their makers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import torch
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

from generation.families import FAMILIES
from generation.pipelines.loading.parts.tensors import read_tensors
from generation.weights.safetensors_header import Header


def load_vae(path: Path, family: str, dtype: torch.dtype) -> Any:
    """Return the autoencoder at `path`, a folder or a file, for pipelines of `family`."""
    if path.is_dir():
        return diffusers.AutoencoderKL.from_pretrained(
            path, torch_dtype=dtype, use_safetensors=True, local_files_only=True
        ).eval()
    tensors = {
        name.removeprefix("vae.").removeprefix("first_stage_model."): one
        for name, one in read_tensors(path, dtype).items()
    }
    return vae_from_tensors(tensors, _config(tensors, family)).to(dtype).eval()


def vae_from_tensors(tensors: dict[str, Any], config: Mapping[str, Any]) -> Any:
    """Return the autoencoder of a file's tensors in the shape of `config`; diffusers' or original names."""
    vae = diffusers.AutoencoderKL.from_config(config)
    if any(".down_blocks." in name for name in tensors):
        tensors = {name.removeprefix("vae."): tensor for name, tensor in tensors.items()}
    else:
        tensors = convert_ldm_vae_checkpoint(tensors, vae.config)
    # Attention layers in old files are 1 x 1 convolutions.
    shapes = {name: tensor.shape for name, tensor in vae.state_dict().items()}
    reshaped = {
        name: tensor.reshape(shapes[name]) if name in shapes and tensor.numel() == shapes[name].numel() else tensor
        for name, tensor in tensors.items()
    }
    vae.load_state_dict(reshaped, strict=True)
    return vae


def _config(tensors: Mapping[str, Any], family: str) -> dict[str, Any]:
    header = Header({name: tuple(one.shape) for name, one in tensors.items()}, {}, {})
    if any(".down_blocks." in name for name in tensors):
        levels, layers, first = (
            "encoder.down_blocks.",
            "encoder.down_blocks.0.resnets.",
            "encoder.down_blocks.{}.resnets.0.conv1.weight",
        )
    else:
        levels, layers, first = "encoder.down.", "encoder.down.0.block.", "encoder.down.{}.block.0.conv1.weight"
    count = header.layers(levels)
    return {
        "block_out_channels": [header.shapes[first.format(level)][0] for level in range(count)],
        "down_block_types": ["DownEncoderBlock2D"] * count,
        "up_block_types": ["UpDecoderBlock2D"] * count,
        "layers_per_block": header.layers(layers),
        "latent_channels": header.shapes["decoder.conv_in.weight"][1],
        **FAMILIES[family].latents.config,
    }
