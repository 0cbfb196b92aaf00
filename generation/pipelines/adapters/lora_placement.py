"""Which module of a pipeline the layers of a LoRA belong to, under all names that trainers give them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

CHANGEABLE = (nn.Linear, nn.Conv2d, nn.GroupNorm, nn.LayerNorm)

_DENOISER = "denoiser"
# Parts by the start of a layer's name; the first match counts, and names without one are looked up in every part.
_STARTS: tuple[tuple[str, str], ...] = (
    ("lora_unet_", _DENOISER),
    ("lora_transformer_", _DENOISER),
    ("lycoris_", _DENOISER),
    ("lora_te1_", "text_encoder"),
    ("lora_te2_", "text_encoder_2"),
    ("lora_te3_", "text_encoder_3"),
    ("lora_te_", "text_encoder"),
    ("unet.", _DENOISER),
    ("transformer.", _DENOISER),
    ("model.diffusion_model.", _DENOISER),
    ("diffusion_model.", _DENOISER),
    ("text_encoder_3.", "text_encoder_3"),
    ("text_encoder_2.", "text_encoder_2"),
    ("text_encoder.", "text_encoder"),
    ("text_encoders.clip_l.transformer.", "text_encoder"),
    ("text_encoders.clip_g.transformer.", "text_encoder_2"),
)
_PEFT = "base_model.model."

# Original names of the layers of Stable Diffusion's denoiser, by diffusers' names.
_OUTER: Mapping[str, str] = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_MIDDLE: tuple[tuple[str, str], ...] = (
    ("mid_block.resnets.0.", "middle_block.0."),
    ("mid_block.attentions.0.", "middle_block.1."),
    ("mid_block.resnets.1.", "middle_block.2."),
)
_RESIDUAL: Mapping[str, str] = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)")


@dataclass(frozen=True)
class Place:
    """One layer of a pipeline: its part ("unet"), its name there, and the module."""

    part: str
    name: str
    module: nn.Module


class LayerTable:
    """The layers of a pipeline that a LoRA can change, found by any of their names.

    Make it before any LoRA is applied: afterwards other modules are in these places.
    """

    def __init__(self, pipe: Any) -> None:
        """List the layers of the denoiser and the text encoders of `pipe`."""
        self._parts = [name for name in pipe._lora_loadable_modules if getattr(pipe, name, None) is not None]
        self.denoiser = next(name for name in self._parts if not name.startswith("text_encoder"))
        self._places: dict[tuple[str, str], Place] = {}
        for part in self._parts:
            network = getattr(pipe, part)
            for name, module in network.named_modules():
                if isinstance(module, CHANGEABLE):
                    for alias in _aliases(name, network):
                        self._places.setdefault((part, _flat(alias)), Place(part, name, module))

    def find(self, layer: str) -> Place | None:
        """Return the layer that a file calls `layer`; None if this checkpoint has none of that name."""
        layer = layer.removeprefix(_PEFT)
        for start, part in _STARTS:
            if layer.startswith(start):
                return self._look_up(self.denoiser if part == _DENOISER else part, layer.removeprefix(start))
        return next((found for part in self._parts if (found := self._look_up(part, layer))), None)

    def _look_up(self, part: str, layer: str) -> Place | None:
        return self._places.get((part, _flat(layer)))


def _flat(name: str) -> str:
    """Return a name as kohya writes it, without the wrapper that some versions of CLIP's text encoder have."""
    return name.replace(".", "_").removeprefix("text_model_")


def _aliases(name: str, network: Any) -> Iterator[str]:
    yield name
    blocks = getattr(getattr(network, "config", None), "up_block_types", None)
    if blocks is not None:
        original = original_name(name, network.config.layers_per_block, blocks)
        if original:
            yield original


def original_name(name: str, blocks_a_level: int, up_blocks: tuple[str, ...]) -> str:
    """Return what the makers of Stable Diffusion call a layer of its denoiser; empty for unknown layers.

    Args:
        name: of the layer in diffusers ("down_blocks.0.attentions.1.proj_in").
        blocks_a_level: residual blocks of a level of the first half.
        up_blocks: class names of the second half's levels; an upsampler follows the attention where there is one.
    """
    if name in _OUTER:
        return _OUTER[name]
    for ours, theirs in _MIDDLE:
        if name.startswith(ours):
            return theirs + _inner(name.removeprefix(ours))
    match = _BLOCK.fullmatch(name)
    if match is None:
        return ""
    half, level, kind, number, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    first = level * (blocks_a_level + 1)
    if kind == "downsamplers":
        return f"input_blocks.{first + blocks_a_level + 1}.0.op"
    if kind == "upsamplers":
        return f"output_blocks.{first + blocks_a_level}.{2 if 'CrossAttn' in up_blocks[level] else 1}.{rest}"
    place = f"input_blocks.{first + number + 1}" if half == "down" else f"output_blocks.{first + number}"
    return f"{place}.{int(kind == 'attentions')}.{_inner(rest)}"


def _inner(rest: str) -> str:
    return _RESIDUAL.get(rest, rest)
