"""Recognition of a file or folder of weights by its header or config, never by its name or place."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from generation.families import checkpoint_classes
from generation.weights import lora_names
from generation.weights.families import PICKLE_SUFFIXES, find_fingerprint
from generation.weights.reading import parse_json, shown
from generation.weights.recognition import fingerprints
from generation.weights.recognition.adapter_families import family_of
from generation.weights.recognition.adapter_kinds import detect_kind
from generation.weights.recognition.gguf_header import GgufHeader, read_gguf
from generation.weights.recognition.recognized import FileRefused, Recognized
from generation.weights.recognition.text_encoders import find_text_encoder
from generation.weights.safetensors_header import Header, HeaderRefused, read_header
from generation.weights.search_models.inspection import is_search_model
from generation.weights.storage import SCALES

SUFFIXES = frozenset({".safetensors", ".sft", ".gguf", *PICKLE_SUFFIXES})
_LARGEST_CONFIG = 2**20
_WIDTHS = {"hidden_size", "d_model"}


def recognize(path: Path) -> Recognized:
    """Return what the file or folder at `path` is.

    Raises:
        FileRefused: it cannot be read, or nothing of it is known.
    """
    if path.is_dir():
        return recognize_folder(path)
    if path.suffix.lower() == ".gguf":
        return _recognize_gguf(read_gguf(path), shown(path))
    try:
        header = read_header(path)
    except HeaderRefused as error:
        raise FileRefused(error.reason, error.message) from error
    return recognize_header(header, shown(path))


def recognize_header(header: Header, name: str) -> Recognized:
    """Return what a file with these tensors is; `name` is for the message.

    Raises:
        FileRefused: `unknown`.
    """
    found = _adapter(header) or _denoiser(header) or _autoencoder(header) or find_text_encoder(header) or _rest(header)
    if found is None:
        raise FileRefused("unknown", f"{name} holds no weights that the studio knows, by the names of its tensors.")
    return replace(found, stored=describe_storage(header))


def recognize_folder(folder: Path) -> Recognized:
    """Return what a folder is by its model_index.json or config.json; see `recognize`."""
    index = read_config(folder / "model_index.json")
    if index:
        named = str(index.get("_class_name", ""))
        if named in checkpoint_classes():
            return Recognized("checkpoint", checkpoint_classes()[named], "diffusers")
        if named == "StableDiffusionXLImg2ImgPipeline":
            return Recognized("refiner", "sdxl", "diffusers")
        raise FileRefused(
            "family_not_offered",
            f"{shown(folder)} is made for {named[:80] or 'nothing'}, which the site does not have.",
        )
    config = read_config(folder / "config.json")
    if is_search_model(config):
        return Recognized("search_model", layout="transformers")
    classes = [str(config.get("_class_name") or ""), *map(str, config.get("architectures") or [])]
    kind, architecture = next(
        (fingerprints.PART_CLASSES[one] for one in classes if one in fingerprints.PART_CLASSES), ("", "")
    )
    if not kind:
        what = next((one[:80] for one in classes if one), "no class")
        raise FileRefused("unknown", f"{shown(folder)} holds {what}, which the studio does not know.")
    if kind == "denoiser" and config.get("cross_attention_dim") == 2048:
        architecture = "sdxl"
    if kind == "vae" and not architecture:
        architecture = f"kl_{config.get('latent_channels')}"
    if kind == "text_encoder":
        architecture = _encoder_of_config(config)
    return Recognized(kind, architecture, "transformers" if "architectures" in config else "diffusers")


def _encoder_of_config(config: Mapping[str, Any]) -> str:
    width = next((config[name] for name in sorted(_WIDTHS) if isinstance(config.get(name), int)), 0)
    kind = str(config.get("model_type", ""))
    if kind in ("t5", "umt5"):
        size = fingerprints.T5_SIZES.get(width, f"{kind} of width {width}")
        return size.replace("t5_", "umt5_") if kind == "umt5" else size
    return fingerprints.CLIP_SIZES.get(width, f"clip of width {width}")


def read_config(path: Path) -> dict[str, Any]:
    """Return a config of at most 1 MB, or an empty dict."""
    try:
        if path.stat().st_size > _LARGEST_CONFIG:
            return {}
        config = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def describe_storage(header: Header) -> str:
    """Return the type in which most numbers of a file are stored, and whether they have scales."""
    counts: dict[str, int] = {}
    for name, shape in header.shapes.items():
        counts[header.dtypes[name]] = counts.get(header.dtypes[name], 0) + math.prod(shape)
    most = max(counts, key=lambda dtype: counts[dtype])
    scaled = any(name.rpartition(".")[2] in SCALES for name in header.shapes)
    return f"{most} with scales" if scaled else most


def _recognize_gguf(found: GgufHeader, name: str) -> Recognized:
    """Return what a GGUF file is: denoisers keep the names of their makers, text encoders have those of llama.cpp."""
    stored = describe_storage(found.header)
    architecture = found.architecture
    if architecture in fingerprints.GGUF_TEXT_ENCODERS:
        width = found.header.shapes.get("token_embd.weight", (0, 0))[-1]
        return Recognized("text_encoder", fingerprints.T5_SIZES.get(width, f"t5 of width {width}"), "GGUF", stored)
    if architecture in fingerprints.GGUF_LANGUAGE or "blk.0.attn_q.weight" in found.header.shapes:
        return Recognized("language_model", architecture, "GGUF", stored)
    if what := fingerprints.GGUF_OTHERS.get(architecture):
        raise FileRefused("not_used", f"{name} is {what}, which the site has no use for.")
    return replace(recognize_header(found.header, name), layout="GGUF", stored=stored)


def _adapter(header: Header) -> Recognized | None:
    """Return the adapter in a file; those that hold copies of a denoiser's layers come before denoisers."""
    for kind, pattern, what in fingerprints.OTHERS:
        if any(re.search(pattern, name) for name in header.shapes):
            return Recognized(kind, note=what)
    kind = detect_kind(header, {})
    if kind == "lora":
        return Recognized(kind, family_of(kind, header), describe_lora(header))
    if kind in ("controlnet", "ip_adapter"):
        return Recognized(kind, family_of(kind, header))
    return None


def describe_lora(header: Header) -> str:
    """Return who names tensors so, and the algorithms beside pairs of matrices: "kohya, DoRA"."""
    names = header.shapes
    if any(".processor." in name for name in names):
        layout = "XLabs" if any("_lora1" in name or "_lora2" in name for name in names) else "older diffusers"
    elif any(name.startswith(("lora_", "lycoris_")) for name in names):
        layout = "kohya"
    elif any(".lora_A" in name or ".lora_B" in name for name in names):
        layout = "PEFT"
    elif any(".lora.down." in name for name in names):
        layout = "diffusers"
    else:
        layout = "ComfyUI"
    layers = lora_names.parse(names).layers.values()
    found = {lora_names.algorithm(roles) for roles in layers} | {"DoRA" for roles in layers if "dora" in roles}
    return ", ".join([layout, *sorted(found - {lora_names.PAIR, ""})])


def _denoiser(header: Header) -> Recognized | None:
    """Return the checkpoint, refiner or lone denoiser in a file."""
    whole = find_fingerprint(header.shapes)
    if whole is not None and whole.kind == "sdxl refiner":
        return Recognized("refiner", "sdxl", "original")
    for prefix in fingerprints.DENOISER_PREFIXES:
        for mark in fingerprints.DENOISERS:
            if any(all(prefix + name in header.shapes for name in names) for names in mark.names):
                kind = (
                    "checkpoint" if any(holds_part(header, part) for part in fingerprints.PART_PREFIXES) else "denoiser"
                )
                return Recognized(kind, mark.architecture, "original")
    return Recognized("checkpoint", whole.family, "original") if whole is not None and whole.family else None


def holds_part(header: Header, part: str) -> bool:
    """Return whether a checkpoint's file holds its "vae" or a "text_encoder" too."""
    return any(name.startswith(fingerprints.PART_PREFIXES[part]) for name in header.shapes)


def _autoencoder(header: Header) -> Recognized | None:
    for prefix in ("", *fingerprints.PART_PREFIXES["vae"]):
        if f"{prefix}decoder.middle.0.residual.0.gamma" in header.shapes:
            return Recognized("vae", "qwen_vae", "original")
        first = header.shapes.get(f"{prefix}decoder.conv_in.weight", ())
        if len(first) == 5:
            return Recognized("vae", "qwen_vae", "diffusers")
        if len(first) == 4:
            layout = "diffusers" if any(".down_blocks." in name for name in header.shapes) else "original"
            return Recognized("vae", f"kl_{first[1]}", layout)
    if any(name.startswith("decoder.stages.") for name in header.shapes):
        return Recognized("vae", "dc_ae", "original")
    return None


def _rest(header: Header) -> Recognized | None:
    """Return the upscaler or embedding in a file: their few marks say least, so they come last."""
    for network, pattern in fingerprints.UPSCALERS:
        if any(re.search(pattern, name) for name in header.shapes):
            return Recognized("upscaler", network, "original")
    # One tensor under any name may be an embedding, but a layer of a network is none.
    if detect_kind(header, {}) != "embedding" or any(name.endswith((".weight", ".bias")) for name in header.shapes):
        return None
    return Recognized("embedding", family_of("embedding", header))
