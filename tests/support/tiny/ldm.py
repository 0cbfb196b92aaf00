"""Rename a diffusers pipeline's tensors to what single-file checkpoints call them.

The way back of what diffusers does when it loads one, as far as the tiny checkpoints of the tests need it.
"""

import re

import torch

RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
OUTER = {
    "time_embedding.linear_1.": "time_embed.0.",
    "time_embedding.linear_2.": "time_embed.2.",
    "add_embedding.linear_1.": "label_emb.0.0.",
    "add_embedding.linear_2.": "label_emb.0.2.",
    "conv_in.": "input_blocks.0.0.",
    "conv_norm_out.": "out.0.",
    "conv_out.": "out.2.",
    "mid_block.resnets.0.": "middle_block.0.",
    "mid_block.attentions.0.": "middle_block.1.",
    "mid_block.resnets.1.": "middle_block.2.",
}
VAE_PARTS = [
    (r"mid_block\.resnets\.0\.", "mid.block_1."),
    (r"mid_block\.resnets\.1\.", "mid.block_2."),
    (r"mid_block\.attentions\.0\.", "mid.attn_1."),
    (r"down_blocks\.(\d+)\.resnets\.(\d+)\.", r"down.\1.block.\2."),
    (r"down_blocks\.(\d+)\.downsamplers\.0\.", r"down.\1.downsample."),
    (r"conv_norm_out\.", "norm_out."),
    (r"conv_shortcut\.", "nin_shortcut."),
    (r"group_norm\.", "norm."),
    (r"to_q\.", "q."),
    (r"to_k\.", "k."),
    (r"to_v\.", "v."),
    (r"to_out\.0\.", "proj_out."),
]
OPEN_CLIP = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}


def to_single_file(pipe):
    """Return the state dict of a Stable Diffusion 1 or XL pipeline under single-file names."""
    ups = pipe.unet.config.up_block_types
    tensors = {
        f"model.diffusion_model.{to_single_file_name(name, ups)}": t for name, t in pipe.unet.state_dict().items()
    }
    levels = len(pipe.vae.config.block_out_channels)
    for name, tensor in pipe.vae.state_dict().items():
        new = _vae(name, levels)
        flat = ".mid.attn_1." in new and new.endswith("weight") and "norm" not in new
        tensors[f"first_stage_model.{new}"] = tensor[:, :, None, None] if flat else tensor
    text = pipe.text_encoder.state_dict()
    second = getattr(pipe, "text_encoder_2", None)
    start = "cond_stage_model.transformer." if second is None else "conditioner.embedders.0.transformer."
    tensors |= {f"{start}text_model.{name.removeprefix('text_model.')}": tensor for name, tensor in text.items()}
    if second is not None:
        tensors |= {f"conditioner.embedders.1.model.{k}": v for k, v in _open_clip(second.state_dict()).items()}
    return {name: tensor.contiguous().clone() for name, tensor in tensors.items()}


def to_single_file_name(name, ups):
    """Return what a tensor of the denoiser is called in a single file; `ups`: its up_block_types."""
    for old, new in OUTER.items():
        if name.startswith(old):
            return new + _resnet(name.removeprefix(old))
    block, level, kind, number, rest = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.*)", name).groups()
    level, number = int(level), int(number)
    if kind == "downsamplers":
        return f"input_blocks.{3 * (level + 1)}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        after = 2 if "CrossAttn" in ups[level] else 1  # the upsampler follows the attention where there is one
        return f"output_blocks.{3 * level + 2}.{after}.{rest}"
    place = f"input_blocks.{3 * level + number + 1}" if block == "down" else f"output_blocks.{3 * level + number}"
    return f"{place}.{0 if kind == 'resnets' else 1}.{_resnet(rest)}"


def _resnet(rest):
    head, _, tail = rest.partition(".")
    return f"{RESNET[head]}.{tail}" if head in RESNET else rest


def _vae(name, levels):
    for old, new in VAE_PARTS:
        name = re.sub(old, new, name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets\.(\d+)\.", lambda m: f"up.{levels - 1 - int(m[1])}.block.{m[2]}.", name)
    return re.sub(r"up_blocks\.(\d+)\.upsamplers\.0\.", lambda m: f"up.{levels - 1 - int(m[1])}.upsample.", name)


def _open_clip(state):
    state = {name.removeprefix("text_model."): tensor for name, tensor in state.items()}
    out = {
        "token_embedding.weight": state.pop("embeddings.token_embedding.weight"),
        "positional_embedding": state.pop("embeddings.position_embedding.weight"),
        "text_projection": state.pop("text_projection.weight").T,
        "ln_final.weight": state.pop("final_layer_norm.weight"),
        "ln_final.bias": state.pop("final_layer_norm.bias"),
    }
    layers = {name.split(".")[2] for name in state if name.startswith("encoder.layers.")}
    for layer in layers:
        old, new = f"encoder.layers.{layer}.", f"transformer.resblocks.{layer}."
        for end in ("weight", "bias"):
            parts = [state.pop(f"{old}self_attn.{part}_proj.{end}") for part in "qkv"]
            out[f"{new}attn.in_proj_{end}"] = torch.cat(parts)
            out[f"{new}attn.out_proj.{end}"] = state.pop(f"{old}self_attn.out_proj.{end}")
            for theirs, ours in OPEN_CLIP.items():
                out[f"{new}{ours}.{end}"] = state.pop(f"{old}{theirs}.{end}")
    return out
