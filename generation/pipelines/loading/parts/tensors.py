"""Reading of the tensors of one part: shards joined, float8 with scales undone, GGUF kept as it is stored."""

from pathlib import Path
from typing import Any

import torch
from diffusers.models.model_loading_utils import load_gguf_checkpoint
from safetensors.torch import load_file

from generation.weights.parts.facts import weight_files
from generation.weights.storage import SCALES, scale_name

Tensors = dict[str, Any]


def read_tensors(path: Path, dtype: torch.dtype) -> Tensors:
    """Return the tensors of a `.safetensors` file or of a folder's files, as `dtype`.

    A float8 weight with a scale becomes stored * scale, for all of it or for each row.
    """
    found: Tensors = {}
    for file in weight_files(path):
        found |= load_file(file)
    scales = {name: scale for name in found if (scale := scale_name(name, found))}
    for name, scale in scales.items():
        weight, factor = found[name].float(), found[scale].float()
        found[name] = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
    return {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in found.items()
        if name != "scaled_fp8" and name.rpartition(".")[2] not in (*SCALES, "input_scale", "scale_input")
    }


def read_gguf_tensors(path: Path) -> Tensors:
    """Return the tensors of a GGUF file: quantized ones as diffusers keeps them, to be computed layer by layer."""
    return dict(load_gguf_checkpoint(str(path)))
