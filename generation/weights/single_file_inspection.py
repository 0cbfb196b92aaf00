"""Inspect a checkpoint in one file by its header: kind, prediction, and that the loader lacks nothing."""

from pathlib import Path

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.weights.families import find_fingerprint
from generation.weights.inspection import LATENT_CHANNELS, Inspection, is_for_inpainting, make_inspection
from generation.weights.reading import shown
from generation.weights.safetensors_header import Header, read_header
from generation.weights.single_file_tensors import KINDS, UNET, VAE, needed_tensors
from generation.weights.storage import check_storage

_PARTS = (UNET, VAE, "cond_stage_model.", "conditioner.embedders.0.", "conditioner.embedders.1.")
_TRUTHS = {"true": "v_prediction", "false": "epsilon"}
_STATED = (("v", "v_prediction"), ("eps", "epsilon"), ("sample", "sample"))
# Tensors that say the noise levels are EDM's (Karras et al. 2022): CosXL, Playground 2.5.
_EDM = ("edm_vpred.sigma_max", "edm_vpred.sigma_min", "edm_mean", "edm_std")


def inspect_file(path: Path) -> Inspection:
    """Return the properties of the checkpoint in `path`.

    Raises:
        GenerationError: as `checkpoint_inspection.inspect`.
    """
    header = read_header(path)
    kind, family = inspect_header(header, shown(path))
    prediction = predicts(header, kind)
    # Version 2 with v-prediction was trained at 768 px; all others at their family's size.
    side = 768 if kind == "sd2" and prediction == "v_prediction" else FAMILIES[family].width
    return make_inspection(
        family,
        kind=kind,
        prediction_type=prediction,
        dtype=header.common_dtype(),
        size_bytes=path.stat().st_size,
        side=side,
        weights=header.weights(),
        biggest=max(header.weights(start) for start in _PARTS),
    )


def inspect_header(header: Header, name: str) -> tuple[str, str]:
    """Return kind and family of a single file by the names, shapes and dtypes of its tensors.

    Raises:
        GenerationError: `checkpoint_invalid`, the kind is unknown or unsupported, parts or tensors are missing, it was
            trained with noise levels that no sampler here has, or its weights are stored in an unknown way.
    """
    found = find_fingerprint(header.shapes)
    if found is None:
        raise GenerationError(
            "checkpoint_invalid", f"{name} holds no checkpoint that the studio knows (Stable Diffusion 1, 2 or XL)."
        )
    why = found.refusal or _refusal(header, found.kind)
    if why:
        raise GenerationError("checkpoint_invalid", f"{name} cannot be used: {why}.")
    needed = needed_tensors(header, KINDS[found.kind])
    check_storage(header, (one for part in needed.values() for one in part), name, scales=True)
    inpaints(header, name)
    return found.kind, found.family


def inpaints(header: Header, name: str) -> bool:
    """Return whether the denoiser of a single file is one for inpainting; see `is_for_inpainting`."""
    return is_for_inpainting(header.shapes[f"{UNET}input_blocks.0.0.weight"][1], LATENT_CHANNELS, name)


def _refusal(header: Header, kind: str) -> str:
    """Return why a file of a known kind cannot be used; empty where the loader finds all that it needs."""
    if edm := next((name for name in _EDM if name in header.shapes), ""):
        why = f"it was trained with EDM's noise levels ({edm}), as CosXL and Playground 2.5, which no sampler here has"
        return f"{why}; choose another checkpoint of its family"
    if f"{UNET}input_blocks.0.0.weight" not in header.shapes:
        return "it holds a text encoder without a denoiser"
    if not any(name.startswith(VAE) for name in header.shapes):
        return "it comes without its autoencoder (a “no VAE” version); get the version that has it “baked in”"
    needed = needed_tensors(header, KINDS[kind])
    for part, names in needed.items():
        if lost := [name for name in names if name not in header.shapes]:
            which = f"its {part}" if len(lost) == len(names) else f"{len(lost)} tensors of its {part}"
            return f"it lacks {which} (the first is {lost[0]}); fetch it again, or get a complete version"
    known = set(needed["denoiser"])
    # Layers that the loader leaves out would be missing in every image.
    more = [
        name
        for name in header.shapes
        if name.startswith(UNET) and name.endswith((".weight", ".bias")) and name not in known
    ]
    return f"its denoiser has layers that no published one has ({more[0]})" if more else ""


def predicts(header: Header, kind: str) -> str:
    """Return the prediction type of a single file: by its marks, else the usual one of its kind.

    Marks: an empty tensor `v_pred` (what merging tools write for v-prediction, beside `ztsnr` for zero terminal SNR),
    the metadata `modelspec.prediction_type` (Stability AI's ModelSpec) or `ss_v_parameterization` (kohya's trainers).
    Version 2 was mostly published with v-prediction; its 512 px base, which predicts epsilon, has the same header, so
    that the checkpoint's row can state the prediction type.
    """
    if "v_pred" in header.shapes:
        return "v_prediction"
    stated = header.metadata.get("modelspec.prediction_type", "").strip().lower()
    if found := next((meant for start, meant in _STATED if stated.startswith(start)), ""):
        return found
    trained = header.metadata.get("ss_v_parameterization", "").lower()
    if trained in _TRUTHS:
        return _TRUTHS[trained]
    return "v_prediction" if kind == "sd2" else "epsilon"


def has_zero_snr(header: Header) -> bool:
    """Return whether a single file was trained with zero terminal SNR: by a tensor, or by kohya's metadata."""
    return "ztsnr" in header.shapes or header.metadata.get("ss_zero_terminal_snr", "").lower() == "true"
