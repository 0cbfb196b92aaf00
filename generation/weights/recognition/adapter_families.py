"""The family of models that an adapter was made for, of the site or not, by its metadata, names and shapes."""

import re
from collections.abc import Mapping

from generation.weights import embedding_names, lora_names
from generation.weights.safetensors_header import Header

# Family by the width of the text encoder that the layers of attention read.
WIDTHS: Mapping[int, str] = {768: "sd", 1024: "sd", 2048: "sdxl"}
_CONTROLNETS: tuple[tuple[str, str], ...] = (
    # A tensor that only ControlNets of one family have.
    ("transformer_blocks.0.img_mod.1.weight", "qwen_image"),
    ("pos_embed_input.proj.weight", "sd3"),
    ("controlnet_x_embedder.weight", "flux"),
    ("double_blocks.0.img_attn.qkv.weight", "flux"),
    ("add_embedding.linear_1.weight", "sdxl"),
    ("control_model.label_emb.0.0.weight", "sdxl"),
)
# Prefixes of the base model's name as trainers state it; the first match counts.
_STATED: tuple[tuple[str, str], ...] = (
    ("sdxl", "sdxl"),
    ("stable-diffusion-xl", "sdxl"),
    ("sd3", "sd3"),
    ("stable-diffusion-3", "sd3"),
    ("sd_v", "sd"),
    ("stable-diffusion-v", "sd"),
    ("flux2", "flux2"),
    ("flux-2", "flux2"),
    ("flux.2", "flux2"),
    ("flux", "flux"),
    ("chroma", "chroma"),
    ("qwen-image", "qwen_image"),
    ("qwen_image", "qwen_image"),
    ("krea2", "krea2"),
    ("krea-2", "krea2"),
    ("anima", "anima"),
    ("lumina", "lumina2"),
    ("wan", "wan"),
    ("zimage", "z_image"),
    ("z-image", "z_image"),
    ("z_image", "z_image"),
)


def family_of(kind: str, header: Header) -> str:
    """Return the family of a "lora", "embedding", "controlnet" or "ip_adapter"; empty where its header tells none."""
    return stated_family(header) or {
        "lora": _family_of_lora,
        "embedding": _family_of_embedding,
        "controlnet": _family_of_controlnet,
        "ip_adapter": _family_of_ip_adapter,
    }[kind](header)


def stated_family(header: Header) -> str:
    """Return the family that the metadata of trainers or ModelSpec names; empty where there is none."""
    stated = [header.metadata.get(key, "").lower() for key in ("ss_base_model_version", "modelspec.architecture")]
    return next((family for text in stated for start, family in _STATED if text.startswith(start)), "")


def _family_of_lora(header: Header) -> str:
    attention = [
        header.shapes[roles["down"]]
        for layer, roles in lora_names.parse(header.shapes).layers.items()
        if layer.endswith(("attn2.to_k", "attn2_to_k")) and "down" in roles
    ]
    return lora_names.family(header.shapes) or _by_width(attention)


def _family_of_embedding(header: Header) -> str:
    return embedding_names.family(embedding_names.vectors(header.shapes, "it"), header.shapes)


def _family_of_controlnet(header: Header) -> str:
    told = next((family for name, family in _CONTROLNETS if name in header.shapes), "")
    return told or _by_width(_shapes_of(header, r"attn2\.to_k\.weight$"))


def _family_of_ip_adapter(header: Header) -> str:
    return _by_width(_shapes_of(header, r"to_k_ip\.weight$"))


def _shapes_of(header: Header, pattern: str) -> list[tuple[int, ...]]:
    mark = re.compile(pattern)
    return [shape for name, shape in header.shapes.items() if mark.search(name)]


def _by_width(shapes: list[tuple[int, ...]]) -> str:
    """Return the family whose text encoder has the width (last axis) of the first of these tensors."""
    widths = [shape[-1] for shape in shapes if shape]
    return WIDTHS.get(widths[0], "") if widths else ""
