"""The kind of an adapter (LoRA, embedding, VAE, ...) by the names of its tensors or the class in its config."""

import re
from collections.abc import Mapping
from typing import Any

from generation.weights import embedding_names, lora_names
from generation.weights.safetensors_header import Header
from generation.weights.search_models.inspection import is_search_model

# Kinds by class name in a folder's config.
_CLASSES: Mapping[str, str] = {
    "AutoencoderKL": "vae",
    "ControlNetModel": "controlnet",
    "SD3ControlNetModel": "controlnet",
    "FluxControlNetModel": "controlnet",
    "StableDiffusionXLImg2ImgPipeline": "refiner",
    "StableDiffusionXLPipeline": "refiner",
}

# The first match counts, so more specific kinds come first; each pattern is searched in every tensor name.
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(ip_adapter\.|image_proj\.)"), "ip_adapter"),
    (
        re.compile(r"^(control_model\.|controlnet_cond_embedding\.|controlnet_blocks\.|controlnet_down_blocks\.)"),
        "controlnet",
    ),
    (re.compile(r"^conditioner\.embedders\.0\.model\.ln_final\.weight$"), "refiner"),
    (re.compile(r"^conditioner\.embedders\.1\.model\.ln_final\.weight$"), "refiner"),
    (re.compile(r"^(cond_stage_model\.|model\.diffusion_model\.)"), "checkpoint"),
    (re.compile(r"^(first_stage_model\.)?decoder\.conv_in\.weight$"), "vae"),
    (re.compile(r"^(model\.0\.weight|model\.1\.sub\.0\.|conv_first\.weight|body\.0\.)"), "upscaler"),
)


def detect_kind(header: Header, config: Mapping[str, Any]) -> str:
    """Return the kind of weights with this header and config; empty for unknown kinds."""
    if found := _CLASSES.get(str(config.get("_class_name"))):
        return found
    if is_search_model(config):
        return "search_model"
    if lora_names.is_lora(header.shapes):
        return "lora"
    for mark, kind in _MARKS:
        if any(mark.search(name) for name in header.shapes):
            return kind
    return "embedding" if embedding_names.is_embedding(header.shapes) else ""
