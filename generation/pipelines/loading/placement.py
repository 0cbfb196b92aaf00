"""Placement of a loaded pipeline: precision and quantisation of its weights, offloading."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from diffusers.hooks import apply_layerwise_casting

from generation.errors import GenerationError
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.memory_budget import GIB, Room
from generation.pipelines.loading.memory_modes import Mode, choose_mode, least_bytes
from generation.weights.sources import CheckpointSource

OFFLOADED = ("offload", "sequential")
BYTES_A_WEIGHT = 2  # as `memory_modes` counts
STORED_AS = torch.float8_e4m3fn
LARGE_ENCODER = 1_000_000_000  # weights; CLIP stays as it is, T5 and similar ones are worth quantizing
_DTYPES: Mapping[str, torch.dtype] = {"full": torch.float32, "half": torch.float16, "bf16": torch.bfloat16}
_NAMES: Mapping[torch.dtype, str] = {dtype: name for name, dtype in _DTYPES.items()}
_DENOISERS = ("unet", "transformer")
# Norms and embeddings lose most, and a text encoder's dtype is that of its embeddings; T5 multiplies by `wo` in
# whatever that is stored as, before any hook could help.
_KEPT_EXACT = ("norm", "embed", "^proj_in$", "^proj_out$", r"\.wo$", "^shared$")


def resolve_auto(
    source: CheckpointSource,
    *,
    family: str,
    weights: int,
    biggest: int,
    device: Device,
    usable: Room,
    failed: Mode | None = None,
) -> CheckpointSource:
    """Return `source` with precision and memory mode, where "auto", replaced by the best choice for `device`.

    Explicit choices are kept, except that nothing is offloaded from a CPU to itself. Whether images are decoded in
    tiles depends on their size too, so each call decides that (`pipelines.decode`).

    Args:
        source: as the checkpoint's row has it.
        family: a key of the catalog.
        weights: number of weights in all parts; 0 if unknown, then everything counts as small.
        biggest: number of weights in the largest part.
        device: where the pipeline will run.
        usable: bytes on the device and in host memory that this checkpoint may plan with.
        failed: a mode that ran out of memory with as much, see `choose_mode`.

    Raises:
        GenerationError: `checkpoint_too_large`, no mode fits; `checkpoint_invalid`, the device lacks the precision.
    """
    if source.precision == "quantized" and device.kind == "mps":
        raise GenerationError(
            "checkpoint_invalid",
            f"{source.slug} is set to be quantized, and Apple's accelerators have no 8 bit floats; "
            "an administrator can set its precision to auto or half.",
        )
    sizes = (weights * BYTES_A_WEIGHT, biggest * BYTES_A_WEIGHT)
    each = device.dtype_for(family).itemsize
    mode = choose_mode(*sizes, usable, device.kind, each=each, failed=failed)
    if mode is None:
        if "auto" in (source.precision, source.memory_mode):
            raise too_large(source, least_bytes(*sizes, device.kind, each=each), usable, device)
        mode = Mode(source.precision, source.memory_mode)
    memory = mode.memory if source.memory_mode == "auto" else source.memory_mode
    return replace(
        source,
        precision=_precision(source.precision, mode, device, family),
        memory_mode="resident" if device.kind == "cpu" else memory,
    )


def made_small(source: CheckpointSource, device: Device) -> CheckpointSource:
    """Return `source` for jobs of speed mode small: weights in 8 bits, and of an accelerator's only those in use.

    Apple's accelerators have no eight bit floats, and share the machine's memory: nothing becomes smaller there.
    """
    if device.kind == "mps":
        return source
    sequential = source.memory_mode == "sequential"
    memory = source.memory_mode if device.kind == "cpu" or sequential else "offload"
    return replace(source, precision="quantized", memory_mode=memory, small=True)


def too_large(source: CheckpointSource, needed: Room, usable: Room, device: Device) -> GenerationError:
    """Return the error for a checkpoint that fits into no memory mode that it may use."""
    parts = [
        f"{wanted / GIB:.1f} GiB {where} (at most {there / GIB:.1f} can be used now)"
        for wanted, there, where in (
            (needed.device, usable.device, f"on {device.name}"),
            (needed.host, usable.host, "of the machine's memory"),
        )
        if wanted > there
    ]
    reason = f"needs {' and '.join(parts)}" if parts else f"ran out of memory on {device.name} while it was loaded"
    return GenerationError(
        "checkpoint_too_large",
        f"{source.slug} {reason}, so the job failed; choose a smaller checkpoint, or try again when memory is free.",
    )


def _precision(wanted: str, mode: Mode, device: Device, family: str) -> str:
    if wanted != "auto":
        return wanted
    if mode.precision in ("full", "half"):  # there is room for the device's own precision for this family
        return _NAMES[device.dtype_for(family)]
    return mode.precision


def choose_dtype(source: CheckpointSource, device: Device, family: str) -> torch.dtype:
    """Return the dtype that a resolved source's weights are loaded as; quantized ones are computed in it too."""
    if source.precision in _DTYPES:
        return _DTYPES[source.precision]
    return torch.bfloat16 if device.kind == "cpu" else device.dtype_for(family)


def place(pipe: Any, source: CheckpointSource, device_name: str) -> None:
    """Move `pipe` to the device as the resolved `source` says.

    Sequential offloading leaves parameters without data, so measure the size before.
    """
    if source.memory_mode == "offload":
        pipe.enable_model_cpu_offload(device=device_name)
    elif source.memory_mode == "sequential":
        pipe.enable_sequential_cpu_offload(device=device_name)
    else:
        pipe.to(device_name)


def quantize(pipe: Any) -> None:
    """Store the denoiser and large text encoders in 8 bit floats; each layer is computed in the dtype it was loaded in.

    float8 e4m3 (Micikevicius et al. 2022, "FP8 formats for deep learning"), cast layer by layer while it runs. The
    autoencoder stays as it is: it is small, and its errors are visible at once.
    """
    for name, part in pipe.components.items():
        if not isinstance(part, torch.nn.Module) or getattr(part, "is_quantized", False):
            continue  # weights in GGUF stay as they are
        large = name.startswith("text_encoder") and sum(one.numel() for one in part.parameters()) >= LARGE_ENCODER
        if name in _DENOISERS or large:
            own = getattr(part, "_skip_layerwise_casting_patterns", None) or ()
            computed: Any = part.dtype
            apply_layerwise_casting(part, STORED_AS, computed, skip_modules_pattern=(*_KEPT_EXACT, *own))
            for layer in part.modules():
                if getattr(getattr(layer, "weight", None), "dtype", None) == STORED_AS:
                    layer.compute_dtype = computed  # peft gives the matrices of a LoRA this dtype
