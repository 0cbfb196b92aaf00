"""Inspect adapters (LoRA, embedding, VAE, ...) by their headers and configs; no weights are loaded.

Without torch, so that the admin can inspect a file while its form is filled in. The marks of each kind come from files
of kohya's sd-scripts, PEFT, diffusers and A1111, and from Stability AI's ModelSpec
(https://github.com/Stability-AI/ModelSpec).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generation.errors import GenerationError
from generation.families import FAMILIES, families_with
from generation.weights import embedding_names, lora_names
from generation.weights.families import PICKLE_SUFFIXES
from generation.weights.parts.facts import read_part
from generation.weights.reading import inspection_errors, parse_json, shown
from generation.weights.recognition.adapter_families import WIDTHS, family_of, stated_family
from generation.weights.recognition.adapter_kinds import detect_kind
from generation.weights.recognition.labels import label
from generation.weights.safetensors_header import Header, read_header
from generation.weights.search_models.inspection import read_search_model
from generation.weights.single_file_tensors import VAE, lost_tensors
from generation.weights.storage import check_storage
from generation.weights.upscaler_scale import read_scale

LABELS: Mapping[str, str] = {
    "lora": "a LoRA",
    "embedding": "an embedding",
    "vae": "an autoencoder",
    "controlnet": "a ControlNet",
    "ip_adapter": "an IP-Adapter",
    "refiner": "a refiner",
    "upscaler": "an upscaler",
    "search_model": "a CLIP or SigLIP model",
    "text_encoder": "a text encoder",
}


@dataclass(frozen=True)
class Weights:
    """Properties of an adapter as its file states them.

    `family` is a key of the catalog, empty where the header does not state it (and for upscalers). `meta` holds `rank`,
    `alpha`, `vectors`, `resolution` and similar values where they are known.
    """

    kind: str
    family: str
    size_bytes: int
    token: str = ""
    trigger_words: str = ""
    title: str = ""
    description: str = ""
    licence: str = ""
    meta: dict[str, Any] = field(default_factory=dict)


def inspect_weights(kind: str, path: Path) -> Weights:
    """Return the properties of the adapter at `path`, which must be of `kind`.

    Raises:
        GenerationError: `adapter_missing`, there is no file; `adapter_invalid`, a pickle, damaged, or of another kind.
    """
    with inspection_errors(path, "adapter"):
        return _inspect(kind, path)


def _inspect(kind: str, path: Path) -> Weights:
    if kind == "text_encoder":
        return _inspect_text_encoder(path)
    header = read_header(main_file(path))
    config = _config(path)
    found = detect_kind(header, config)
    if found != kind and not (kind == "upscaler" and not found):
        what = LABELS.get(found, "nothing that the studio knows")
        raise GenerationError("adapter_invalid", f"{shown(path)} is {what}, not {LABELS[kind]}.")
    stored = [name for name in header.shapes if name.endswith((".weight", ".bias")) or found == "embedding"]
    check_storage(header, stored if found != "lora" else (), shown(path), scales=False)
    files = [path] if path.is_file() else sorted(path.rglob("*.safetensors"))
    facts = {"family": stated_family(header), **_READERS[kind](header, config, path)}
    if facts["family"] and facts["family"] not in FAMILIES:
        raise GenerationError(
            "adapter_invalid", f"{shown(path)} is made for {label(facts['family'])}, which the site does not have."
        )
    return Weights(
        kind=kind,
        size_bytes=sum(file.stat().st_size for file in files),
        title=header.metadata.get("modelspec.title", "")[:120],
        description=header.metadata.get("modelspec.description", "")[:2000],
        licence=header.metadata.get("modelspec.license", "")[:120],
        **facts,
    )


def _inspect_text_encoder(path: Path) -> Weights:
    facts = read_part(path)
    if facts.kind == "vae":
        raise GenerationError("adapter_invalid", f"{shown(path)} is an autoencoder, not a text encoder.")
    meta = {"encoder": facts.kind, "width": facts.width}
    return Weights(
        kind="text_encoder", family="", size_bytes=facts.size_bytes, title=label(facts.architecture), meta=meta
    )


def main_file(path: Path) -> Path:
    """Return the weight file that identifies `path`: itself, or the denoiser's or only file of a folder.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`.
    """
    if not path.exists():
        raise GenerationError(
            "adapter_missing", f"The files of {shown(path)} are missing; an administrator can restore them."
        )
    if path.is_file():
        return path
    inner = path / "unet" if (path / "model_index.json").is_file() else path
    files = sorted(inner.glob("*.safetensors"))
    if files:
        return files[0]
    pickles = sorted(one.name for one in inner.glob("*") if one.suffix.lower() in PICKLE_SUFFIXES)
    if pickles:
        raise GenerationError(
            "adapter_invalid",
            f"{shown(path)} comes only as a pickle ({pickles[0]}), which can run code when loaded; "
            "convert it to .safetensors.",
        )
    raise GenerationError("adapter_invalid", f"{shown(path)} holds no .safetensors file.")


def _config(path: Path) -> dict[str, Any]:
    """Return the model_index.json or config.json of a folder, or an empty dict."""
    for name in ("model_index.json", "config.json"):
        try:
            config = parse_json((path / name).read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(config, dict):
            return config
    return {}


def _lora(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    file = lora_names.parse(header.shapes)
    algorithms = lora_names.check(file, header, shown(path))
    # The tensors whose last axis is the layer's input, and whose first is the rank.
    downs = {
        layer: header.shapes[name]
        for layer, roles in file.layers.items()
        if (name := roles.get("down") or roles.get("hada_w1_b") or "")
    }
    meta = _known(
        rank=max((shape[0] for shape in downs.values()), default=None),
        alpha=_number(header.metadata.get("ss_network_alpha", "")),
        layers=len(file.layers),
        resolution=header.metadata.get("ss_resolution") or header.metadata.get("modelspec.resolution"),
        frequent_tags=header.frequent_tags(),
        text_encoder=any("lora_te" in name or "text_encoder" in name for name in header.shapes),
        algorithms=sorted(algorithms - {lora_names.PAIR}),
        bundled_embeddings=sorted(file.bundled)[:10],
        left_out=len(file.foreign) or None,
    )
    return {
        "family": family_of("lora", header),
        "trigger_words": header.metadata.get("modelspec.trigger_phrase", "")[:500],
        "meta": meta,
    }


def _embedding(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    vectors = embedding_names.vectors(header.shapes, shown(path))
    names = list(vectors.values())
    [first, *_] = (header.shapes[name] for name in names)
    token = path.stem if len(names) > 1 or names[0] in embedding_names.PLAIN else names[0]
    return {
        "family": family_of("embedding", header),
        "token": "_".join(token.split())[:120],
        "meta": {"vectors": first[0] if len(first) == 2 else 1, "width": first[-1]},
    }


# Family of a VAE by its latent channels and scaling factor.
_SCALES: Mapping[tuple[int, float], str] = {
    (4, 0.18215): "sd",
    (4, 0.13025): "sdxl",
    (16, 1.5305): "sd3",
    (16, 0.3611): "flux",
}


def _vae(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    prefix = VAE if f"{VAE}decoder.conv_in.weight" in header.shapes else ""
    channels = header.shapes[f"{prefix}decoder.conv_in.weight"][1]
    if path.is_file() and (lost := lost_tensors(header, prefix)):
        raise GenerationError("adapter_invalid", f"{shown(path)} lacks {len(lost)} tensors, the first is {lost[0]}.")
    scale = config.get("scaling_factor")
    family = stated_family(header)
    if isinstance(scale, int | float):
        family = _SCALES.get((channels, round(float(scale), 5)), family)
    return {"family": family, "meta": {"channels": channels}}


def _family_of_controlnet(class_name: str) -> str:
    """Return the only family whose ControlNets are of a class; "" where several have it."""
    found = [one.key for one in FAMILIES.values() if one.control is not None and one.control.network == class_name]
    return found[0] if len(found) == 1 else ""


def _controlnet(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    by_class = _family_of_controlnet(str(config.get("_class_name")))
    large = families_with("refiner")[0] if config.get("addition_embed_type") else ""
    told = large or WIDTHS.get(config.get("cross_attention_dim") or 0, "")
    return {"family": by_class or stated_family(header) or told or family_of("controlnet", header)}


def _ip_adapter(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    return {"family": family_of("ip_adapter", header)}


def _refiner(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    if path.is_file():
        raise GenerationError("adapter_invalid", f"{shown(path)}: a refiner is added as a folder in diffusers format.")
    return {"family": families_with("refiner")[0]}


def _upscaler(header: Header, config: Mapping[str, Any], path: Path) -> dict[str, Any]:
    scale = read_scale(header.shapes)
    return {"family": "", "meta": {"scale": scale} if scale else {}}


_READERS: Mapping[str, Callable[[Header, Mapping[str, Any], Path], dict[str, Any]]] = {
    "lora": _lora,
    "embedding": _embedding,
    "vae": _vae,
    "controlnet": _controlnet,
    "ip_adapter": _ip_adapter,
    "refiner": _refiner,
    "upscaler": _upscaler,
    "search_model": read_search_model,
}


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], False)}
