"""LoRA: low-rank changes of the denoiser's and the text encoders' layers.

Hu et al. 2021, "LoRA", https://arxiv.org/abs/2106.09685. diffusers reads kohya's and PEFT's names for every family; the
layers are put in for one call and taken out after it, so that nothing is ever added to the checkpoint's own weights.
"""

from collections.abc import Mapping
from typing import Any

import torch
from diffusers.utils.peft_utils import recurse_remove_peft_layers

from generation.errors import GenerationError
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import judged, read_tensors

# The first of the two matrices of a layer, in the words of kohya, PEFT and diffusers.
DOWN = (".lora_down.weight", ".lora_A.weight", ".lora.down.weight")


def put_on(fitted: AppliedAdapters) -> None:
    """Put in every LoRA of the wish, each with its weight."""
    wanted = [one for one in fitted.parameters.loras if one.weight]
    if not wanted:
        return
    pipe = fitted.loaded.pipe
    if not hasattr(pipe, "load_lora_weights"):
        raise GenerationError("refused", f"{fitted.loaded.source.slug} takes no LoRA.")
    fitted.stack.callback(take_off, pipe)
    names = []
    for number, one in enumerate(wanted):
        source = fitted.source("lora", one.name)
        tensors = read_tensors(source)
        with judged(source):
            pipe.load_lora_weights(tensors, adapter_name=f"lora{number}")
            _check(pipe, f"lora{number}", tensors, source.slug)
        names.append(f"lora{number}")
    pipe.set_adapters(names, [one.weight for one in wanted])


def take_off(pipe: Any) -> None:
    """Take every LoRA out again, also half of one."""
    for name in pipe._lora_loadable_modules:
        part = getattr(pipe, name, None)
        if part is None:
            continue
        recurse_remove_peft_layers(part)
        for trace in ("peft_config", "_hf_peft_config_loaded"):
            if trace in part.__dict__:
                delattr(part, trace)


def _check(pipe: Any, adapter: str, tensors: Mapping[str, torch.Tensor], slug: str) -> None:
    """Refuse a LoRA most of which belongs to no layer of this checkpoint, and one that holds no numbers.

    diffusers leaves out what it finds no place for; a layer or two may go that way, but not the most.
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
