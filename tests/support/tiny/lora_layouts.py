"""The same LoRA under the names of several trainers, and layers changed by further algorithms."""

import re

import torch
from safetensors.torch import load_file

from tests.support.tiny import adapters, checkpoints
from tests.support.tiny.ldm import to_single_file_name

RENAMED = {
    "PEFT": lambda name, _: f"base_model.model.{name}",
    "PEFT with its adapter's name": lambda name, _: re.sub(r"\.lora_([AB])\.", r".lora_\1.default.", name),
    "diffusers": lambda name, _: name.replace(".lora_A.", ".lora.down.").replace(".lora_B.", ".lora.up."),
    "kohya": lambda name, pipe: kohya(name, lambda layer: layer),
    "kohya with the original layers": lambda name, pipe: kohya(name, lambda layer: original(layer, pipe)),
    "ComfyUI": lambda name, pipe: comfyui(name, pipe),
    "OneTrainer": lambda name, _: name.replace(".lora_A.", ".lora_down.").replace(".lora_B.", ".lora_up."),
}


def original(layer, pipe):
    return to_single_file_name(f"{layer}.weight", pipe.unet.config.up_block_types).removesuffix(".weight")


def split(name):
    part, _, rest = name.partition(".")
    layer, end = re.fullmatch(r"(.*)\.lora_([AB])\.weight", rest).groups()
    return part, layer, "down" if end == "A" else "up"


def kohya(name, rename):
    part, layer, end = split(name)
    start = {"unet": "unet_", "text_encoder": "te1_text_model_", "text_encoder_2": "te2_text_model_"}[part]
    layer = rename(layer) if part == "unet" else layer.removeprefix("text_model.")
    return f"lora_{start}{layer.replace('.', '_')}.lora_{end}.weight"


def comfyui(name, pipe):
    part, layer, end = split(name)
    if part != "unet":
        return name
    return f"diffusion_model.{original(layer, pipe)}.lora_{end}.weight"


def renamed(family, layout, path):
    """Return the tensors of the tiny PEFT LoRA of `family` under the names of `layout`."""
    pipe = checkpoints.example_of(family)
    tensors = load_file(adapters.peft_lora(family, path, seed=1))
    return {RENAMED[layout](name, pipe): one for name, one in tensors.items()}


def old_processor_names(path, family="sd"):
    """Return the denoiser's attention layers of the tiny LoRA as diffusers once wrote them."""
    tensors = load_file(adapters.peft_lora(family, path, seed=1, text=False))
    out = {}
    for name, one in tensors.items():
        _, layer, end = split(name)
        layer = re.sub(r"\.to_(\w+?)(\.0)?$", r".processor.to_\1_lora", layer)
        out[f"unet.{layer}.{end}.weight"] = one
    return out


CONVOLUTION, LINEAR, NORM = (
    "lora_unet_down_blocks_0_resnets_0_conv1",
    "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k",
    "lora_unet_mid_block_resnets_0_norm1",
)


def _random(*shape, seed=3):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.3


def changes(unet):
    """Return, by algorithm: the tensors of a file, and what they add to weights and biases at strength 1 by formula."""
    conv = unet.down_blocks[0].resnets[0].conv1
    linear = unet.mid_block.attentions[0].transformer_blocks[0].attn2.to_k
    norm = unet.mid_block.resnets[0].norm1
    (out, into), side = linear.weight.shape, conv.weight.shape[0]
    down, middle, up = _random(4, side, 1, 1), _random(4, 4, 3, 3, seed=4), _random(side, 4, 1, 1, seed=5)
    a1, b1, a2, b2 = (_random(*shape, seed=s) for s, shape in enumerate([(out, 4), (4, into)] * 2))
    w1, w2 = _random(2, 2, seed=6), _random(out // 2, into // 2, seed=7)
    left, right = _random(out // 2, 3, seed=8), _random(3, into // 2, seed=9)
    length = linear.weight.norm(dim=1, keepdim=True) * 1.3
    turned = linear.weight + b_times_a(b1, a1)
    row = _random(1, into, seed=10).abs() + 0.5
    return {
        "LoCon in three": (
            {f"{CONVOLUTION}.lora_{role}.weight": one for role, one in (("down", down), ("mid", middle), ("up", up))}
            | {f"{CONVOLUTION}.alpha": torch.tensor(2.0)},
            {conv: torch.einsum("or,rskl,si->oikl", up[..., 0, 0], middle, down[..., 0, 0]) * 2 / 4},
        ),
        "LoHa": (
            {f"{LINEAR}.hada_{n}": one for n, one in (("w1_a", a1), ("w1_b", b1), ("w2_a", a2), ("w2_b", b2))}
            | {f"{LINEAR}.alpha": torch.tensor(2.0)},
            {linear: (a1 @ b1) * (a2 @ b2) * 2 / 4},
        ),
        "LoKr": ({f"{LINEAR}.lokr_w1": w1, f"{LINEAR}.lokr_w2": w2}, {linear: torch.kron(w1, w2)}),
        "LoKr in parts": (
            {f"{LINEAR}.lokr_w1": w1, f"{LINEAR}.lokr_w2_a": left, f"{LINEAR}.lokr_w2_b": right}
            | {f"{LINEAR}.alpha": torch.tensor(6.0)},
            {linear: torch.kron(w1, left @ right) * 6 / 3},
        ),
        "DoRA by rows": (
            {f"{LINEAR}.lora_down.weight": b1, f"{LINEAR}.lora_up.weight": a1, f"{LINEAR}.dora_scale": length},
            {linear: turned * length / turned.norm(dim=1, keepdim=True) - linear.weight},
        ),
        "DoRA by columns": (
            {f"{LINEAR}.lora_down.weight": b1, f"{LINEAR}.lora_up.weight": a1, f"{LINEAR}.dora_scale": row},
            {linear: turned * row / turned.norm(dim=0, keepdim=True) - linear.weight},
        ),
        "full difference": (
            {f"{LINEAR}.diff": b_times_a(b2, a2), f"{CONVOLUTION}.diff": _random(side, side, 3, 3, seed=11)},
            {linear: b_times_a(b2, a2), conv: _random(side, side, 3, 3, seed=11)},
        ),
        "biases and norms": (
            {f"{CONVOLUTION}.diff_b": _random(side, seed=12), f"{NORM}.w_norm": _random(len(norm.weight), seed=13)}
            | {f"{NORM}.b_norm": _random(len(norm.bias), seed=14)},
            {
                conv.bias: _random(side, seed=12),
                norm: _random(len(norm.weight), seed=13),
                norm.bias: _random(len(norm.bias), seed=14),
            },
        ),
    }


def b_times_a(first, second):
    """Return the change of a pair: the second matrix times the first."""
    return second @ first


def xlabs(side=32):
    """Return a LoRA of XLabs for the tiny Flux."""
    tensors = {}
    for stream in "12":
        for what, out in (("qkv", 3 * side), ("proj", side)):
            start = f"double_blocks.0.processor.{what}_lora{stream}"
            tensors |= {f"{start}.down.weight": _random(2, side), f"{start}.up.weight": _random(out, 2, seed=2)}
    return tensors


def original_flux(start, down, up, side=32):
    """Return a LoRA for the original layers of the tiny Flux; queries, keys and values are one layer there."""
    join = start.endswith("_")
    tensors = {}
    for layer, out in (("double_blocks.0.img_attn.qkv", 3 * side), ("double_blocks.0.txt_attn.proj", side)):
        name = start + (layer.replace(".", "_") if join else layer)
        tensors |= {f"{name}.{down}.weight": _random(2, side), f"{name}.{up}.weight": _random(out, 2, seed=2)}
    return tensors


FLUX = {
    "XLabs": xlabs,
    "kohya": lambda: original_flux("lora_unet_", "lora_down", "lora_up"),
    "ComfyUI": lambda: original_flux("diffusion_model.", "lora_down", "lora_up"),
    "PEFT of the original layers": lambda: original_flux("base_model.model.", "lora_A", "lora_B"),
    "ComfyUI with PEFT's names": lambda: original_flux("diffusion_model.", "lora_A", "lora_B"),
    "Black Forest Labs": lambda: original_flux("", "lora_A", "lora_B"),
}
