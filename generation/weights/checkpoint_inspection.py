"""Inspect checkpoints by their headers and configs; nothing is loaded or unpickled.

Without torch, so that the admin can inspect a checkpoint while its form is filled in.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from generation.errors import GenerationError
from generation.families import FAMILIES, checkpoint_classes
from generation.weights.families import PICKLE_SUFFIXES
from generation.weights.inspection import (
    LATENT_CHANNELS,
    Inspection,
    check_scheduler,
    is_for_inpainting,
    make_inspection,
)
from generation.weights.parts.denoiser import inspect_denoiser
from generation.weights.reading import first_line, inspection_errors, parse_json, shown
from generation.weights.safetensors_header import Header, read_header, refuse_pickle_name
from generation.weights.single_file_inspection import inspect_file
from generation.weights.sources import CheckpointSource
from generation.weights.storage import check_storage

# Parts of a diffusers folder that have weights and are needed to generate images.
_WEIGHTED = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
# Files of which one must be in the folder of a tokenizer.
_TOKENIZER_FILES = ("vocab.json", "tokenizer.json", "spiece.model")


def inspect(source: CheckpointSource) -> Inspection:
    """Return the properties of `source`, from headers and configs only.

    Raises:
        GenerationError: `checkpoint_missing`, there is no file or the Hub does not provide it; `checkpoint_invalid`, it
            is a pickle, damaged, incomplete, or of an unsupported kind. The message says what to do.
    """
    if source.kind == "hub":
        return _inspect_hub(source)
    with inspection_errors(source.path, "checkpoint"):
        if source.kind == "denoiser":
            return inspect_denoiser(source.path, {one.part: Path(one.location) for one in source.parts})
        return inspect_file(source.path) if source.kind == "file" else inspect_folder(source.path)


def checksum(source: CheckpointSource, alive: Callable[[], None] = lambda: None) -> str:
    """Return the SHA-256 of a file, or of a folder's weight files in the order of their names, in hexadecimal.

    Reads every byte, seconds for gigabytes; `alive()` is called for each piece and may raise to stop. Empty for a Hub
    id, which its revision identifies.

    Raises:
        OSError: there is nothing to read.
    """
    if source.kind == "hub":
        return ""
    files = [source.path] if source.path.is_file() else sorted(source.path.rglob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no weights in {source.location}")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(1 << 24):
                digest.update(chunk)
                alive()
    return digest.hexdigest()


def inspect_folder(folder: Path) -> Inspection:
    """Return the properties of a folder in diffusers format; see `inspect`."""
    refuse_pickle_name(folder)
    if not folder.exists():
        raise GenerationError(
            "checkpoint_missing",
            f"The folder {shown(folder)} is missing; an administrator can restore it or correct the location.",
        )
    index = _read_config(folder / "model_index.json")
    family = checkpoint_classes().get(str(index.get("_class_name")))
    if family is None:
        raise GenerationError(
            "checkpoint_invalid",
            f"{folder.name} is made for {index.get('_class_name')}; "
            f"the site supports {', '.join(checkpoint_classes())}.",
        )
    _check_parts(folder, index, family)
    parts = [part for part in _WEIGHTED if (index.get(part) or [None])[0] is not None]
    variants = {part: _variant(folder / part) for part in parts}
    headers = {part: _part_headers(folder / part, variant) for part, variant in variants.items()}
    for part, files in headers.items():
        _check_stored(folder, part, files.values())
    denoiser = "transformer" if "transformer" in headers else "unet"
    config = _read_config(folder / denoiser / "config.json")
    if denoiser == "unet":
        latents = int(config.get("out_channels") or LATENT_CHANNELS)
        inpaints = is_for_inpainting(int(config.get("in_channels", latents)), latents, shown(folder))
        if inpaints != (index["_class_name"] == FAMILIES[family].tasks.get("inpaint")):
            raise GenerationError(
                "checkpoint_invalid",
                f"{shown(folder)}: its denoiser is {'' if inpaints else 'not '}made for inpainting, its "
                f"model_index.json names {index['_class_name']}.",
            )
    scheduler = _read_config(folder / "scheduler" / "scheduler_config.json")
    prediction = check_scheduler(scheduler, family, shown(folder))
    dtypes = [header.common_dtype() for header in headers[denoiser].values()]
    counts = [sum(header.weights() for header in part.values()) for part in headers.values()]
    return make_inspection(
        family,
        kind=family,
        prediction_type=prediction,
        dtype=dtypes[0],
        size_bytes=sum(path.stat().st_size for part in headers.values() for path in part),
        side=_side(folder, config, family),
        weights=sum(counts),
        biggest=max(counts),
        variant=next((variant for variant in variants.values() if variant), ""),
        configs={"": index, denoiser: config},
    )


def _check_parts(folder: Path, index: Mapping[str, Any], family: str) -> None:
    """Refuse a folder whose model_index.json names no part for something that every image needs."""
    for part in FAMILIES[family].parts:
        named = (index.get(part) or [None])[0] is not None
        if not named or (
            part.startswith("tokenizer") and not any((folder / part / name).is_file() for name in _TOKENIZER_FILES)
        ):
            raise GenerationError(
                "checkpoint_invalid", f"{shown(folder)} lacks its {part.replace('_', ' ')}; fetch the checkpoint again."
            )


def _check_stored(folder: Path, part: str, headers: Iterable[Header]) -> None:
    """Refuse a part whose weights are quantized, by its config or by its tensors."""
    try:
        quantized = _read_config(folder / part / "config.json").get("quantization_config")
    except GenerationError as error:
        if error.code != "checkpoint_missing" or part in ("unet", "transformer"):
            raise
        quantized = None
    if quantized:
        by = quantized.get("quant_method", "") if isinstance(quantized, dict) else ""
        raise GenerationError(
            "checkpoint_invalid",
            f"{shown(folder)} cannot be used: its {part.replace('_', ' ')} is quantized{f' ({by})' if by else ''}; "
            "get the version in 16 or 32 bit floats, and choose “quantized” for it here.",
        )
    for header in headers:
        weights = [name for name in header.shapes if name.endswith((".weight", ".bias"))]
        check_storage(header, weights, shown(folder), scales=False)


def _inspect_hub(source: CheckpointSource) -> Inspection:
    # Imported late: only Hub ids need it.
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    revision = source.revision or None
    try:
        folder = Path(snapshot_download(source.location, revision=revision, allow_patterns=["*.json"]))
        files = HfApi().model_info(source.location, revision=revision, files_metadata=True).siblings or []
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise GenerationError(
            "checkpoint_missing",
            f"The Hub does not give {source.location}: {first_line(error)} Check the name, the network and HF_TOKEN.",
        ) from error
    index = _read_config(folder / "model_index.json")
    family = checkpoint_classes().get(str(index.get("_class_name")))
    weights = [file for file in files if file.rfilename.endswith(".safetensors") and "/" in file.rfilename]
    if family is None or not weights:
        raise GenerationError("checkpoint_invalid", f"{source.location} is not a supported safetensors checkpoint.")
    scheduler = _read_config(folder / "scheduler" / "scheduler_config.json")
    prediction = check_scheduler(scheduler, family, source.location)
    denoiser = "transformer" if FAMILIES[family].flow else "unet"
    config = _read_config(folder / denoiser / "config.json")
    return make_inspection(
        family,
        kind=family,
        prediction_type=prediction,
        dtype="",
        size_bytes=sum(file.size or 0 for file in weights),
        side=_side(folder, config, family),
        configs={"": index, denoiser: config},
    )


def _read_config(path: Path) -> dict[str, Any]:
    name = f"{shown(path.parent)}/{path.name}"
    try:
        config = parse_json(path.read_bytes())
    except FileNotFoundError as error:
        raise GenerationError(
            "checkpoint_missing", f"{name} is missing, so this is not a complete folder in diffusers format."
        ) from error
    except (ValueError, OSError) as error:
        raise GenerationError("checkpoint_invalid", f"{name} cannot be read; fetch the checkpoint again.") from error
    if not isinstance(config, dict):
        raise GenerationError("checkpoint_invalid", f"{name} is no config.")
    return config


def _variant(part: Path) -> str:
    """Return "" where `part` has weights without a variant, else its variant ("fp16")."""
    stems = [path.name.split("-0", 1)[0].removesuffix(".safetensors") for path in part.glob("*.safetensors")]
    words = {stem.partition(".")[2] for stem in stems}
    return "" if not words or "" in words else sorted(words)[0]


def _part_headers(part: Path, variant: str) -> dict[Path, Header]:
    """Return the headers of one part's weight files; check that all shards are present and complete."""
    inner = f".{variant}" if variant else ""
    files = sorted(path for path in part.glob("*.safetensors") if inner in path.name and "non_ema" not in path.name)
    if not files:
        pickles = [path.name for path in part.glob("*") if path.suffix.lower() in PICKLE_SUFFIXES]
        if pickles:
            raise GenerationError(
                "checkpoint_invalid",
                f"{part.name} comes only as a pickle ({pickles[0]}), which can run code when loaded; "
                "convert the checkpoint to safetensors.",
            )
        raise GenerationError("checkpoint_missing", f"The weights of {part.name} are missing.")
    for index in part.glob("*.safetensors.index*.json"):
        shards = set(_read_config(index).get("weight_map", {}).values())
        if lost := sorted(shard for shard in shards if not (part / str(shard)).is_file()):
            raise GenerationError(
                "checkpoint_missing", f"{part.name}/{shown(str(lost[0]))} is missing; fetch the checkpoint again."
            )
    return {path: read_header(path) for path in files}


def _side(folder: Path, denoiser: dict[str, Any], family: str) -> int:
    """Return the side in pixels that the denoiser was trained for."""
    sample = denoiser.get("sample_size")
    if not isinstance(sample, int):
        return FAMILIES[family].width
    vae = _read_config(folder / "vae" / "config.json")
    blocks = vae.get("encoder_block_out_channels") or vae.get("block_out_channels") or (0, 0, 0, 0)
    return int(sample * 2 ** (len(blocks) - 1))
