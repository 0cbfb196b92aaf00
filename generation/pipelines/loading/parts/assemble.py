"""A pipeline from a denoiser in one file and the shared parts that its row names or that fit it by shape."""

import json
import tempfile
from pathlib import Path
from typing import Any

import diffusers
import torch

from generation.errors import GenerationError
from generation.pipelines.loading.parts import flux
from generation.pipelines.loading.parts.autoencoders import load_vae
from generation.pipelines.loading.parts.encoders import load_clip, load_t5, load_tokenizer
from generation.pipelines.loading.parts.tensors import read_gguf_tensors, read_tensors
from generation.pipelines.loading.single_file import clip_tokenizer
from generation.weights.parts.denoiser import Denoiser, Need, read_denoiser
from generation.weights.sources import CheckpointSource

_ALIGNMENT = 64  # bytes, as torch allocates


def assemble(source: CheckpointSource, dtype: torch.dtype) -> Any:
    """Return the pipeline of a denoiser and its parts, with weights as `dtype`, on the CPU.

    Weights in GGUF stay quantized and are computed in `dtype`, layer by layer.

    Raises:
        GenerationError: `checkpoint_missing`, a part is not there; `checkpoint_invalid`, one cannot be used.
    """
    denoiser = read_denoiser(source.path)
    parts = {one.part: Path(one.location) for one in source.parts}
    config = flux.config_of(denoiser.header)
    loaded: dict[str, Any] = {"transformer": _load_transformer(source.path, denoiser, config, dtype)}
    for need in denoiser.needs:
        if need.part not in parts:
            raise GenerationError("checkpoint_missing", f"{source.slug} lacks its part {need}.")
        loaded |= _load_part(need, parts[need.part], denoiser.family, dtype)
    for network in loaded.values():
        if isinstance(network, torch.nn.Module):
            _align(network)
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler(**flux.scheduler_config(config))
    return diffusers.FluxPipeline(scheduler=scheduler, **loaded)


def _align(network: torch.nn.Module) -> None:
    """Move weights that lie in a file's memory at an odd place.

    A CPU multiplies them in another order, so that the same weights in files of another make would give other bits.
    """
    for parameter in network.parameters():
        if type(parameter) is torch.nn.Parameter and parameter.data_ptr() % _ALIGNMENT:
            parameter.data = parameter.data.clone()


def _load_part(need: Need, path: Path, family: str, dtype: torch.dtype) -> dict[str, Any]:
    """Return a part by its name in the pipeline, a text encoder with its tokenizer."""
    if need.kind == "vae":
        return {need.part: load_vae(path, family, dtype)}
    tokenizer = need.part.replace("text_encoder", "tokenizer")
    if need.kind == "clip":
        encoder = load_clip(path, dtype)
        return {need.part: encoder, tokenizer: clip_tokenizer(encoder.config.max_position_embeddings)}
    return {need.part: load_t5(path, dtype), tokenizer: load_tokenizer(path)}


def _load_transformer(path: Path, denoiser: Denoiser, config: dict[str, Any], dtype: torch.dtype) -> Any:
    stored = read_gguf_tensors(path) if denoiser.is_gguf else read_tensors(path, dtype)
    tensors = flux.with_current_names({name.removeprefix(denoiser.prefix): one for name, one in stored.items()})
    options: dict[str, Any] = {"dtype": dtype, "local_files_only": True}
    if denoiser.is_gguf:
        options["quantization_config"] = diffusers.GGUFQuantizationConfig(compute_dtype=dtype)
    with tempfile.TemporaryDirectory(prefix="sdsite-config-") as folder:
        text = json.dumps({"_class_name": "FluxTransformer2DModel", **config})
        (Path(folder) / "config.json").write_text(text, encoding="utf-8")
        return diffusers.FluxTransformer2DModel.from_single_file(tensors, config=folder, **options).eval()
