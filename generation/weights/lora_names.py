"""Names of the tensors of a LoRA, whoever wrote it: which layer of the network each belongs to, and its role there.

The one table of layouts: inspections decide by it what is a LoRA and what can be applied, and the loader applies it.
Layouts: kohya's sd-scripts, PEFT, diffusers (new and old), LyCORIS (LoCon, LoHa, LoKr, norms), DoRA, OneTrainer with
bundled embeddings, ComfyUI, XLabs and Black Forest Labs for Flux.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.weights.safetensors_header import Header
from generation.weights.storage import FLOATS

# Role by the end of a name; the first match counts.
_ENDINGS: tuple[tuple[str, str], ...] = (
    *(
        (ending, role)
        for role, kohya, peft, diffusers in (("down", "lora_down", "lora_A", "down"), ("up", "lora_up", "lora_B", "up"))
        for ending in (
            f".{kohya}.weight",
            f".{kohya}.default.weight",
            f".{peft}.weight",
            f".{peft}.default.weight",
            f".{peft}",
            f".lora.{diffusers}.weight",
            f".lora_linear_layer.{diffusers}.weight",
        )
    ),
    (".lora_mid.weight", "mid"),
    (".lora_B.bias", "up_bias"),
    (".lora_B.default.bias", "up_bias"),
    (".alpha", "alpha"),
    (".dora_scale", "dora"),
    (".lora_magnitude_vector", "dora"),
    (".lora_magnitude_vector.weight", "dora"),
    (".lora_magnitude_vector.default", "dora"),
    (".lora_magnitude_vector.default.weight", "dora"),
    (".diff", "weight"),
    (".diff_b", "bias"),
    (".w_norm", "weight"),
    (".b_norm", "bias"),
    *((f".{name}", name) for name in ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2")),
    *(
        (f".{name}", name)
        for name in ("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2")
    ),
)
# The older names of diffusers: ...attn1.processor.to_q_lora.down.weight.
_PROCESSOR = re.compile(r"(?P<attention>.*)\.processor\.to_(?P<matrix>q|k|v|out)_lora\.(?P<role>down|up)\.weight")
# XLabs' names for Flux, which diffusers converts: double_blocks.0.processor.qkv_lora1.down.weight.
_XLABS = re.compile(r"(?P<layer>.*\.processor\.(?:qkv|proj)_lora[12]?)\.(?P<role>down|up)\.weight")
# Starts of names that belong to a layer of a network, whatever follows.
_LAYERS = (
    *("lora_", "lycoris_", "unet.", "transformer.", "text_encoder", "diffusion_model.", "base_model.", "model."),
    *("down_blocks.", "mid_block.", "up_blocks.", "double_blocks.", "single_blocks.", "transformer_blocks."),
    *("single_transformer_blocks.", "joint_blocks.", "layers.", "text_model.", "clip_l.", "clip_g.", "te1.", "te2."),
)
_BUNDLE = "bundle_emb."
_KOHYA_ENDS: Mapping[str, str] = {"down": ".lora_down.weight", "up": ".lora_up.weight"}
_PEFT_ENDS: Mapping[str, str] = {"down": ".lora_A.weight", "up": ".lora_B.weight"}

# Roles that a layer has, by algorithm: those it needs (of each group, one set), and those it may have beside them.
PAIR = "LoRA"
_ALGORITHMS: Mapping[str, tuple[tuple[frozenset[str], ...], frozenset[str]]] = {
    PAIR: ((frozenset({"down", "up"}),), frozenset({"mid", "alpha", "dora", "bias", "up_bias"})),
    "LoHa": (
        (frozenset({"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"}),),
        frozenset({"hada_t1", "hada_t2", "alpha", "dora", "bias"}),
    ),
    "LoKr": (
        tuple(
            frozenset(first + second)
            for first in (("lokr_w1",), ("lokr_w1_a", "lokr_w1_b"))
            for second in (("lokr_w2",), ("lokr_w2_a", "lokr_w2_b"))
        ),
        frozenset({"lokr_t2", "alpha", "dora", "bias"}),
    ),
    "full difference": ((frozenset({"weight"}),), frozenset({"bias", "alpha"})),
    "bias": ((frozenset({"bias"}),), frozenset({"alpha"})),
}
# Parts of names that only one family has, of the site or not; the first match counts.
_FAMILIES: tuple[tuple[str, str], ...] = (
    ("to_qkv_mlp_proj", "flux2"),
    ("distilled_guidance_layer", "chroma"),
    ("0.img_attn_qkv.", "hunyuan_video"),
    ("img_mlp.net", "qwen_image"),
    ("img_mlp_net", "qwen_image"),
    ("img_mod.1.", "qwen_image"),
    ("img_mod_1.", "qwen_image"),
    ("txtfusion", "krea2"),
    ("text_fusion", "krea2"),
    ("llm_adapter", "anima"),
    ("cross_attn.q_proj", "anima"),
    ("cross_attn_q_proj", "anima"),
    ("cross_attn.q.", "wan"),
    ("cross_attn_q.", "wan"),
    ("layers.0.self_attention.", "ernie_image"),
    ("single_transformer_blocks", "flux"),
    ("single_blocks", "flux"),
    ("double_blocks", "flux"),
    ("joint_blocks", "sd3"),
    ("add_q_proj", "sd3"),
    ("add_k_proj", "sd3"),
    ("lora_te2_", "sdxl"),
    ("text_encoder_2.", "sdxl"),
    ("input_blocks_8_1_transformer_blocks_1", "sdxl"),
    ("lora_te1_", "sdxl"),
    ("lora_te_", "sd"),
    ("context_refiner", "z_image"),
    ("noise_refiner", "z_image"),
    ("layers.0.attention.", "z_image"),
)
# Rows of the layer "linear1" of a single block for each of its columns: Flux.2's MLP is gated, and narrower.
_SINGLE_LAYER, _ROWS_OF_FLUX_2 = re.compile(r"single_blocks[._]\d+[._]linear1$"), 9
_WIDTHS_OF_FLUX_2 = (4096, 6144)
_WIDTH_OF_QWEN, _WIDTH_OF_LUMINA = 3072, 2304
FLUX_CHANNELS = 64  # inputs of the first layer of Flux and of those like it; control LoRA widen it


@dataclass
class LoraFile:
    """The tensors of a LoRA, by layer and role: `layers[layer][role]` is a name in the file.

    `bundled`: the embeddings in it, by their word. `unknown`: names that belong to a layer and have no known role.
    `foreign`: all others.
    """

    layers: dict[str, dict[str, str]] = field(default_factory=dict)
    bundled: dict[str, list[str]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def split_name(name: str) -> tuple[str, str]:
    """Return the layer and the role of a tensor; the role is empty where the name is not one of a LoRA."""
    if match := _PROCESSOR.fullmatch(name):
        matrix = match["matrix"] + (".0" if match["matrix"] == "out" else "")
        return f"{match['attention']}.to_{matrix}", match["role"]
    if match := _XLABS.fullmatch(name):
        return match["layer"], match["role"]
    for ending, role in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending), role
    return name, ""


def plain_name(layer: str, role: str, name: str) -> str:
    """Return a name that diffusers' converters read, of a tensor that a file calls `name`.

    They know the original layers of Flux by kohya's names alone, and want no traces of PEFT.
    """
    if _XLABS.fullmatch(name):
        return name
    layer = re.sub(r"^base_model\.model\.", "", layer)
    if original := re.fullmatch(
        r"(?:(?:model\.)?diffusion_model\.|transformer\.)?((?:double|single)_blocks\..*)", layer
    ):
        layer = "lora_unet_" + original[1].replace(".", "_")
    ends = _KOHYA_ENDS if layer.startswith("lora_") else _PEFT_ENDS
    return layer + ends.get(role, f".{role}")


def is_lora(names: Mapping[str, object]) -> bool:
    """Return whether these are the names of a LoRA: some of them change layers."""
    return any(split_name(name)[1] not in ("", "alpha") and name.startswith(_LAYERS) for name in names) or any(
        split_name(name)[1] in ("down", "hada_w1_a", "lokr_w1", "lokr_w1_a") for name in names
    )


def parse(names: Mapping[str, object]) -> LoraFile:
    """Sort the names of a file by layer and role."""
    found = LoraFile()
    for name in names:
        layer, role = split_name(name)
        if name.startswith(_BUNDLE):
            found.bundled.setdefault(name.removeprefix(_BUNDLE).rpartition(".")[0], []).append(name)
        elif role:
            found.layers.setdefault(layer, {})[role] = name
        else:
            (found.unknown if name.startswith(_LAYERS) else found.foreign).append(name)
    return found


def algorithm(roles: Mapping[str, object]) -> str:
    """Return the algorithm of a layer with these roles; empty where they make none that can be applied."""
    return next(
        (
            name
            for name, (needed, more) in _ALGORITHMS.items()
            if any(one <= roles.keys() and roles.keys() <= one | more for one in needed)
        ),
        "",
    )


def check(file: LoraFile, header: Header, what: str) -> set[str]:
    """Return the algorithms of a LoRA, which the loader applies to the layers of every family.

    Args:
        file: of the names in `header`.
        header: of the file; only shapes and dtypes are read.
        what: the file's name, for the message.

    Raises:
        GenerationError: `adapter_invalid`, a layer has tensors that cannot be applied; part of a change is none.
    """
    if file.unknown:
        _refuse(what, f"it holds {file.unknown[0]}, which the studio cannot apply")
    row = FAMILIES.get(family(header.shapes))
    inputs = row.latents.channels * row.latents.patch**2 if row else FLUX_CHANNELS
    used = {one for layer, roles in file.layers.items() for one in _check_layer(layer, roles, header, what, inputs)}
    if not used:
        _refuse(what, "it changes no layer")
    return used


def _check_layer(layer: str, roles: Mapping[str, str], header: Header, what: str, inputs: int) -> set[str]:
    """Return the algorithms of one layer; none where it has only an alpha. `inputs`: of the denoiser's first layer."""
    found = algorithm(roles)
    if not found:
        if set(roles) != {"alpha"}:
            _refuse(what, f"its layer {layer} holds {', '.join(sorted(roles))}, which is incomplete or unknown")
        return set()
    for role, name in roles.items():
        if header.dtypes.get(name, "F32") not in FLOATS:
            _refuse(what, f"{name} is stored as {header.dtypes[name]}")
        if role not in ("alpha", "dora") and not header.shapes[name]:
            _refuse(what, f"{name} is a single number")
    widens = layer.endswith(("x_embedder", "img_in")) and "down" in roles
    if widens and header.shapes[roles["down"]][-1] != inputs:
        _refuse(what, "it is a control LoRA, which needs another pipeline")
    return {found, "DoRA"} if "dora" in roles else {found}


def family(names: Mapping[str, tuple[int, ...]]) -> str:
    """Return the family that a LoRA's layers tell by names and shapes, of the site or not; empty for none."""
    found = next((key for part, key in _FAMILIES if any(part in name for name in names)), "")
    if found not in ("flux", "sd3", "z_image"):
        return found
    pairs = {
        layer: (names[roles["up"]], names[roles["down"]])
        for layer, roles in parse(names).layers.items()
        if {"up", "down"} <= roles.keys() and names[roles["up"]] and names[roles["down"]]
    }
    return _by_shapes(found, pairs)


def _by_shapes(found: str, pairs: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]) -> str:
    """Return the family of a LoRA whose names two families share, by the rows and columns of its layers."""
    if found == "flux":
        single = [up[0] / down[-1] for layer, (up, down) in pairs.items() if _SINGLE_LAYER.search(layer)]
        wide = any(
            down[-1] in _WIDTHS_OF_FLUX_2 for layer, (_, down) in pairs.items() if "attn" in layer or "linear1" in layer
        )
        return "flux2" if _ROWS_OF_FLUX_2 in single or wide else found
    if found == "sd3":
        asked = [down[-1] for layer, (_, down) in pairs.items() if layer.endswith(("add_q_proj", "add_k_proj"))]
        return "qwen_image" if _WIDTH_OF_QWEN in asked else found
    asked = [down[-1] for layer, (_, down) in pairs.items() if "attention" in layer]
    return "lumina2" if _WIDTH_OF_LUMINA in asked else found


def _refuse(what: str, why: str) -> NoReturn:
    raise GenerationError("adapter_invalid", f"{what} cannot be applied: {why}.")
