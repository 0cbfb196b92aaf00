"""Inspection of CLIP and SigLIP models: config, tensors, and the files that prepare images and words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generation.errors import GenerationError
from generation.weights.reading import shown
from generation.weights.safetensors_header import Header, read_header

# `model_type` of the config -> name for people, and tensors that both halves of such a model have
TYPES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "clip": ("CLIP", ("visual_projection.weight", "text_projection.weight")),
    "siglip": ("SigLIP", ("vision_model.head.probe", "text_model.head.weight")),
}
TOKENIZERS = (("tokenizer.json",), ("vocab.json", "merges.txt"))


def is_search_model(config: Mapping[str, Any]) -> bool:
    """Tell whether a config is that of a whole CLIP or SigLIP model, not of its image or text part alone."""
    return config.get("model_type") in TYPES and "vision_config" in config and "text_config" in config


def read_search_model(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the facts of a CLIP or SigLIP model in the folder `path`.

    Raises:
        GenerationError: `adapter_invalid`, a part of the model or a file beside it is missing.
    """
    label, needed = TYPES[str(config["model_type"])]
    shapes = dict(header.shapes)
    for file in sorted(path.glob("*.safetensors")):
        shapes |= read_header(file).shapes
    if lost := [name for name in needed if name not in shapes]:
        raise _invalid(path, f"lacks {lost[0]}, which compares images with words")
    if not (path / "preprocessor_config.json").is_file():
        raise _invalid(path, "lacks preprocessor_config.json, which says how images are prepared")
    if not any(all((path / name).is_file() for name in names) for names in TOKENIZERS):
        raise _invalid(path, "lacks tokenizer.json (or vocab.json and merges.txt), which reads words")
    return {"family": "", "meta": {"model": label, "dimensions": shapes[needed[1]][0]}}


def _invalid(path: Path, problem: str) -> GenerationError:
    return GenerationError("adapter_invalid", f"{shown(path)} {problem}.")
