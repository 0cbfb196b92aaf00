"""Inspect checkpoints by their headers and configs; nothing is loaded or unpickled.

Without torch, so that the admin can inspect a checkpoint while its form is filled in.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generation.errors import GenerationError
from generation.parameters.catalog import FAMILIES
from generation.weights.families import CLASS_FAMILIES, FINGERPRINTS, PICKLE_SUFFIXES
from generation.weights.reading import first_line, inspection_errors, parse_json, shown
from generation.weights.safetensors_header import Header, read_header, refuse_pickle_name
from generation.weights.sources import CheckpointSource

# Parts of a diffusers folder that have weights and are needed to generate images.
_WEIGHTED = ("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3")
# Prefixes of the parts of a single file.
_SINGLE_FILE_PARTS = (
    "model.diffusion_model.",
    "first_stage_model.",
    "cond_stage_model.",
    "conditioner.embedders.0.",
    "conditioner.embedders.1.",
)
_TRUTHS = {"true": "v_prediction", "false": "epsilon"}
_LATENT_CHANNELS = 4  # without a config; a denoiser with more input than output channels edits or inpaints


@dataclass(frozen=True)
class Inspection:
    """Properties of a checkpoint, and the defaults that follow from them.

    `kind` is finer than `family` ("sd1", "sd2"); `dtype` is that of most stored weights; `variant` is the part between
    name and suffix where a folder holds only such weights ("fp16"), else empty. Width and height in pixels. `weights`
    is the number of parameters, `biggest` that of the largest part; 0 where they cannot be counted.
    """

    family: str
    kind: str
    prediction_type: str
    dtype: str
    size_bytes: int
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str
    variant: str = ""
    weights: int = 0
    biggest: int = 0


def inspect(source: CheckpointSource) -> Inspection:
    """Return the properties of `source`, from headers and configs only.

    Raises:
        GenerationError: `checkpoint_missing`, there is no file or the Hub does not provide it; `checkpoint_invalid`, it
            is a pickle, damaged, incomplete, or of an unsupported kind. The message says what to do.
    """
    if source.kind == "hub":
        return _inspect_hub(source)
    with inspection_errors(source.path, "checkpoint"):
        return _inspect_file(source.path) if source.kind == "file" else inspect_folder(source.path)


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


def inspect_header(header: Header, name: str) -> tuple[str, str]:
    """Return kind and family of a single file by the names of its tensors.

    Raises:
        GenerationError: `checkpoint_invalid`, the kind is unknown or unsupported.
    """
    found = next((mark for mark in FINGERPRINTS if mark.marker in header.shapes), None)
    if found is None:
        raise GenerationError(
            "checkpoint_invalid", f"{name} holds no checkpoint that the studio knows (Stable Diffusion 1, 2 or XL)."
        )
    if not found.family:
        raise GenerationError("checkpoint_invalid", f"{name} cannot be used: {found.refusal}.")
    entrance = header.shapes.get("model.diffusion_model.input_blocks.0.0.weight")
    if entrance is None:
        raise GenerationError(
            "checkpoint_invalid", f"{name} cannot be used: it holds a text encoder without a denoiser."
        )
    _check_input_channels(entrance[1], _LATENT_CHANNELS, name)
    return found.kind, found.family


def predicts(header: Header, kind: str) -> str:
    """Return the prediction type of a single file: by its marks, else the usual one of its kind.

    Marks: an empty tensor `v_pred` (what merging tools write for v-prediction, beside `ztsnr` for zero terminal SNR),
    the metadata `modelspec.prediction_type` (Stability AI's ModelSpec) or `ss_v_parameterization` (kohya's trainers).
    Version 2 was mostly published with v-prediction; its 512 px base, which predicts epsilon, has the same header, so
    that the checkpoint's row can state the prediction type.
    """
    stated = header.metadata.get("modelspec.prediction_type", "").lower()
    if "v_pred" in header.shapes or stated.startswith("v"):
        return "v_prediction"
    if stated in ("epsilon", "sample"):
        return stated
    trained = header.metadata.get("ss_v_parameterization", "").lower()
    if trained in _TRUTHS:
        return _TRUTHS[trained]
    return "v_prediction" if kind == "sd2" else "epsilon"


def _inspect_file(path: Path) -> Inspection:
    header = read_header(path)
    kind, family = inspect_header(header, path.name)
    # Version 2 with v-prediction was trained at 768 px; all others at their family's size.
    side = 768 if kind == "sd2" and predicts(header, kind) == "v_prediction" else FAMILIES[family].width
    return _inspection(
        family,
        kind=kind,
        prediction_type=predicts(header, kind),
        dtype=header.common_dtype(),
        size_bytes=path.stat().st_size,
        side=side,
        weights=header.weights(),
        biggest=max(header.weights(start) for start in _SINGLE_FILE_PARTS),
    )


def inspect_folder(folder: Path) -> Inspection:
    """Return the properties of a folder in diffusers format; see `inspect`."""
    refuse_pickle_name(folder)
    if not folder.exists():
        raise GenerationError(
            "checkpoint_missing",
            f"The folder {shown(folder)} is missing; an administrator can restore it or correct the location.",
        )
    index = _read_config(folder / "model_index.json")
    family = CLASS_FAMILIES.get(str(index.get("_class_name")))
    if family is None:
        raise GenerationError(
            "checkpoint_invalid",
            f"{folder.name} is made for {index.get('_class_name')}; the site supports {', '.join(CLASS_FAMILIES)}.",
        )
    parts = [part for part in _WEIGHTED if (index.get(part) or [None])[0] is not None]
    variants = {part: _variant(folder / part) for part in parts}
    headers = {part: _part_headers(folder / part, variant) for part, variant in variants.items()}
    denoiser = "transformer" if "transformer" in headers else "unet"
    if denoiser not in headers or "vae" not in headers:
        raise GenerationError("checkpoint_invalid", f"{folder.name} lacks its denoiser or its autoencoder.")
    config = _read_config(folder / denoiser / "config.json")
    if denoiser == "unet":
        inpaints = index["_class_name"] == FAMILIES[family].tasks.get("inpaint")
        latents = int(config.get("out_channels") or _LATENT_CHANNELS)
        _check_input_channels(int(config.get("in_channels", latents)), latents, folder.name, inpaints=inpaints)
    scheduler = _read_config(folder / "scheduler" / "scheduler_config.json")
    dtypes = [header.common_dtype() for header in headers[denoiser].values()]
    counts = [sum(header.weights() for header in part.values()) for part in headers.values()]
    return _inspection(
        family,
        kind=family,
        prediction_type="flow" if FAMILIES[family].flow else str(scheduler.get("prediction_type", "epsilon")),
        dtype=dtypes[0],
        size_bytes=sum(path.stat().st_size for part in headers.values() for path in part),
        side=_side(folder, config, family),
        weights=sum(counts),
        biggest=max(counts),
        variant=next((variant for variant in variants.values() if variant), ""),
    )


def _inspection(family: str, *, side: int, **fields: Any) -> Inspection:
    row = FAMILIES[family]
    return Inspection(
        family=family,
        width=side,
        height=side,
        steps=row.steps,
        guidance_scale=row.guidance_scale,
        sampler=row.sampler,
        schedule=row.schedule,
        **fields,
    )


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
    family = CLASS_FAMILIES.get(str(index.get("_class_name")))
    weights = [file for file in files if file.rfilename.endswith(".safetensors") and "/" in file.rfilename]
    if family is None or not weights:
        raise GenerationError("checkpoint_invalid", f"{source.location} is not a supported safetensors checkpoint.")
    scheduler = _read_config(folder / "scheduler" / "scheduler_config.json")
    denoiser = "transformer" if FAMILIES[family].flow else "unet"
    return _inspection(
        family,
        kind=family,
        prediction_type="flow" if FAMILIES[family].flow else str(scheduler.get("prediction_type", "epsilon")),
        dtype="",
        size_bytes=sum(file.size or 0 for file in weights),
        side=_side(folder, _read_config(folder / denoiser / "config.json"), family),
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


def _check_input_channels(channels: int, latents: int, name: str, *, inpaints: bool = False) -> None:
    """Refuse a denoiser with further input channels, except those of mask and masked image for inpainting."""
    if channels != latents and not (inpaints and channels == 2 * latents + 1):
        raise GenerationError(
            "checkpoint_invalid",
            f"{name} is made for inpainting or editing ({channels} input channels); it cannot do text to image.",
        )
