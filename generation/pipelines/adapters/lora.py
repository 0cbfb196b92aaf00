"""LoRA: low-rank updates of the denoiser's and the text encoders' layers.

Hu et al. 2021, "LoRA", https://arxiv.org/abs/2106.09685. diffusers reads kohya's and PEFT's names for every family; the
layers are inserted for one call and removed after it, so that the checkpoint's own weights never change.
"""

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.utils.peft_utils import recurse_remove_peft_layers

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import adapter_errors, read_tensors

# Name endings of the first of a layer's two matrices: kohya's, PEFT's and diffusers'.
DOWN = (".lora_down.weight", ".lora_A.weight", ".lora.down.weight")


def apply(adapters: AppliedAdapters) -> None:
    """Insert every requested LoRA with its weight."""
    requested = [one for one in adapters.parameters.loras if one.weight]
    if not requested:
        return
    pipe = adapters.loaded.pipe
    if not hasattr(pipe, "load_lora_weights"):
        raise GenerationError("refused", f"{adapters.loaded.source.slug} takes no LoRA.")
    adapters.stack.callback(remove, pipe)
    names = []
    for number, one in enumerate(requested):
        source = adapters.get_source("lora", one.name)
        tensors = read_tensors(source)
        with adapter_errors(source):
            pipe.load_lora_weights(tensors, adapter_name=f"lora{number}")
            _check(pipe, f"lora{number}", tensors, source.slug)
        names.append(f"lora{number}")
    pipe.set_adapters(names, [one.weight for one in requested])


def remove(pipe: Any) -> None:
    """Remove every LoRA, also a partly loaded one."""
    for name in pipe._lora_loadable_modules:
        part = getattr(pipe, name, None)
        if part is None:
            continue
        recurse_remove_peft_layers(part)
        for trace in ("peft_config", "_hf_peft_config_loaded"):
            if trace in part.__dict__:
                delattr(part, trace)


def _check(pipe: Any, adapter: str, tensors: Mapping[str, torch.Tensor], slug: str) -> None:
    """Refuse a LoRA of which most layers do not exist in this checkpoint, and one that holds NaN or infinity.

    diffusers silently skips layers that it cannot place; a few are accepted, but not half of them.
    """
    parts = [getattr(pipe, name, None) for name in pipe._lora_loadable_modules]
    layers = {
        name: layer
        for part in parts
        if part is not None
        for name, layer in part.named_parameters()
        if f".{adapter}." in name
    }
    placed = sum(".lora_A." in name for name in layers)
    pairs = sum(name.endswith(DOWN) for name in tensors)
    if placed * 2 <= pairs:
        raise GenerationError(
            "adapter_invalid",
            f"{slug} was made for another architecture: {placed} of its {pairs} layers fit this checkpoint.",
        )
    if not all(bool(torch.isfinite(layer).all()) for layer in layers.values()):
        raise GenerationError("adapter_invalid", f"{slug} is damaged: it holds numbers out of range.")
