"""The denoiser of Flux.1 in one file: its config by shapes, and its layers under the names of diffusers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from generation.weights.safetensors_header import Header

# Names of layers in the files of Black Forest Labs, and in diffusers.
_OUTER: Mapping[str, str] = {
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "txt_in": "context_embedder",
    "img_in": "x_embedder",
    "final_layer.linear": "proj_out",
}
_DOUBLE: Mapping[str, str] = {
    "img_mod.lin": "norm1.linear",
    "txt_mod.lin": "norm1_context.linear",
    "img_mlp.0": "ff.net.0.proj",
    "img_mlp.2": "ff.net.2",
    "txt_mlp.0": "ff_context.net.0.proj",
    "txt_mlp.2": "ff_context.net.2",
    "img_attn.proj": "attn.to_out.0",
    "txt_attn.proj": "attn.to_add_out",
    "img_attn.norm.query_norm": "attn.norm_q",
    "img_attn.norm.key_norm": "attn.norm_k",
    "txt_attn.norm.query_norm": "attn.norm_added_q",
    "txt_attn.norm.key_norm": "attn.norm_added_k",
}
_SINGLE: Mapping[str, str] = {
    "modulation.lin": "norm.linear",
    "norm.query_norm": "attn.norm_q",
    "norm.key_norm": "attn.norm_k",
    "linear2": "proj_out",
}
# Layers that hold several of diffusers' layers, one above the other.
_JOINED: Mapping[str, tuple[str, ...]] = {
    "img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
    "linear1": ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
}
_BLOCK = re.compile(r"(?P<kind>double|single)_blocks\.(?P<number>\d+)\.(?P<layer>.+)\.(?P<end>weight|bias|scale)")
_LEAST = 4  # numbers of a head for the first axis of positions, which has 16 of 128 in every published file


def config_of(header: Header) -> dict[str, Any]:
    """Return the config of the transformer with these tensors, under either names, without a prefix."""
    shapes = header.shapes
    original = "img_in.weight" in shapes
    block = "single_blocks.0." if original else "single_transformer_blocks.0."
    head = shapes[f"{block}norm.key_norm.scale" if original else f"{block}attn.norm_k.weight"][0]
    width, channels = shapes["img_in.weight" if original else "x_embedder.weight"]
    first = max(_LEAST, head // 8)
    guided = "guidance_in.in_layer.weight" if original else "time_text_embed.guidance_embedder.linear_1.weight"
    text = "txt_in.weight" if original else "context_embedder.weight"
    pooled = "vector_in.in_layer.weight" if original else "time_text_embed.text_embedder.linear_1.weight"
    out = shapes["final_layer.linear.weight" if original else "proj_out.weight"][0]
    return {
        "in_channels": channels,
        "out_channels": out,
        "num_layers": header.layers("double_blocks." if original else "transformer_blocks."),
        "num_single_layers": header.layers("single_blocks." if original else "single_transformer_blocks."),
        "attention_head_dim": head,
        "num_attention_heads": width // head,
        "joint_attention_dim": shapes[text][1],
        "pooled_projection_dim": shapes[pooled][1],
        "guidance_embeds": guided in shapes,
        "axes_dims_rope": (first, (head - first) // 2, (head - first) // 2),
    }


def scheduler_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of its scheduler: that of the guided version (dev), or of the one for few steps (schnell)."""
    guided = bool(config["guidance_embeds"])
    return {"shift": 3.0 if guided else 1.0, "use_dynamic_shifting": guided}


def with_current_names(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tensors under the names of diffusers; those that have them already stay as they are."""
    if "img_in.weight" not in tensors:
        return dict(tensors)
    return {new: tensor for name, one in tensors.items() for new, tensor in _renamed(name, one)}


def _renamed(name: str, tensor: Any) -> Iterator[tuple[str, Any]]:
    layer, _, end = name.rpartition(".")
    if layer == "final_layer.adaLN_modulation.1":  # shift above scale there, scale above shift in diffusers
        shift, scale = tensor.chunk(2, dim=0)
        yield f"norm_out.linear.{end}", torch.cat([scale, shift])
    elif layer in _OUTER:
        yield f"{_OUTER[layer]}.{end}", tensor
    elif match := _BLOCK.fullmatch(name):
        double = match["kind"] == "double"
        start = f"{'' if double else 'single_'}transformer_blocks.{match['number']}."
        end = "weight" if match["end"] == "scale" else match["end"]
        names = _DOUBLE if double else _SINGLE
        if match["layer"] in names:
            yield f"{start}{names[match['layer']]}.{end}", tensor
        elif match["layer"] in _JOINED:
            for inner, part in zip(_JOINED[match["layer"]], _split(tensor, match["layer"]), strict=True):
                yield f"{start}{inner}.{end}", part
        else:
            yield name, tensor
    else:
        yield name, tensor  # unknown: loading tells


def _split(tensor: Any, layer: str) -> Any:
    """Return the rows of a joined layer by layer: three alike; in single blocks a fourth, four times as high."""
    if layer != "linear1":
        return tensor.chunk(3, dim=0)
    side = tensor.shape[0] // 7
    return tensor.split([side, side, side, tensor.shape[0] - 3 * side], dim=0)
