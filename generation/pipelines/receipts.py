"""Receipts: what an image depends on beside its parameters, as JSON data; reproducing it needs the same again."""

import hashlib
import json
import math
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import torch

from generation.pipelines.decode import Decoding
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import Assets, Timings
from generation.weights.sources import CheckpointSource

_LONGEST_LIST = 16  # numbers; longer lists (trained betas) are replaced by their SHA-256
_SDPA = ("flash", "mem_efficient", "cudnn", "math")


def describe(
    loaded: Loaded,
    scheduler: Any,
    *,
    decodings: Sequence[Decoding] = (),
    assets: Assets | None = None,
    timings: Timings,
    speed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return how the images of a call were generated, as JSON values without any path of this machine.

    Args:
        loaded: the checkpoint in memory.
        scheduler: of the last pass.
        decodings: how each pass that ended with images was decoded, in order.
        assets: the extra weights of the call.
        timings: of the call so far.
        speed: speed mode and techniques of the call, see `speed.Speed.as_receipt`.

    `precision` and `memory_mode` say how the checkpoint was loaded, `decoding` how the image was decoded from its
    latents, `first_decoding` that of the first pass if it was decoded too. `scheduler` is {"class", "config"}; `dtype`
    the denoiser's; `device` the torch name and `device_name` the vendor's; `numerics` what else on this device changes
    the last bits; `attention` the attention processors and the backends that torch's own attention may choose from;
    `weights` the SHA-256 of each asset by its slug (empty if not computed yet); `parts` seconds of each phase of the
    call, which all of its images share.
    """
    denoiser = getattr(loaded.pipe, "unet", None) or getattr(loaded.pipe, "transformer", None)
    passes = [one.as_receipt() for one in decodings]
    return {
        "pipeline": type(loaded.pipe).__name__,
        "precision": loaded.source.precision,
        "memory_mode": loaded.source.memory_mode,
        **({"speed": dict(speed)} if speed else {}),
        **({"shared_parts": _shared_parts(loaded.source)} if loaded.source.parts else {}),
        **({"decoding": passes[-1]} if passes else {}),
        **({"first_decoding": passes[0]} if len(passes) > 1 else {}),
        "scheduler": {"class": type(scheduler).__name__, "config": config_as_json(getattr(scheduler, "config", {}))},
        "dtype": str(getattr(denoiser, "dtype", loaded.dtype)).removeprefix("torch."),
        "attention": _attention(denoiser),
        **describe_environment(loaded.device.name, assets or {}),
        "parts": {part: round(seconds, 4) for part, seconds in timings.seconds.items()},
    }


def _shared_parts(source: CheckpointSource) -> dict[str, dict[str, str]]:
    """Return slug and SHA-256 of the text encoders and autoencoder that join a denoiser."""
    return {one.part: {"slug": one.slug, "sha256": one.sha256} for one in source.parts}


def describe_environment(device: str, assets: Assets) -> dict[str, Any]:
    """Return the fields of a receipt that need no checkpoint: `device`, `device_name`, `numerics` and `weights`."""
    return {
        "device": device,
        "device_name": device_name(device),
        "numerics": describe_numerics(device),
        "weights": {slug: str(getattr(source, "sha256", "")) for (_, slug), source in assets.items()},
    }


def describe_numerics(device: str) -> dict[str, Any]:
    """Return what changes the last bits of numbers on a device beside its name and the versions of the libraries.

    A CPU divides sums among its threads and takes the widest instructions it has. A CUDA device may round to TF32 (10
    bits of fraction), and cuDNN chooses among algorithms, by measuring them if `benchmark` is on.
    """
    deterministic = torch.are_deterministic_algorithms_enabled()
    if not device.startswith("cuda"):
        threads = {"threads": torch.get_num_threads()} if device == "cpu" else {}
        return {"isa": torch.backends.cpu.get_cpu_capability(), **threads, "deterministic": deterministic}
    major, minor = torch.cuda.get_device_capability(device)
    cudnn = torch.backends.cudnn
    return {
        "capability": f"{major}.{minor}",
        "cudnn": cudnn.version(),
        "tf32_matmul": torch.backends.cuda.matmul.allow_tf32,
        "tf32_cudnn": cudnn.allow_tf32,
        "deterministic": deterministic or cudnn.deterministic,
        "benchmark": cudnn.benchmark,
    }


@cache
def device_name(device: str) -> str:
    """Return the vendor's name of a torch device; for CUDA with the CUDA version."""
    if device.startswith("cuda"):
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return (names or [platform.processor() or platform.machine()])[0]


def config_as_json(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a diffusers config as JSON values: without private entries, and long lists as their SHA-256."""
    return {name: _as_json(value) for name, value in sorted(config.items()) if not name.startswith("_")}


def _as_json(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # DPM-Solver's smallest lambda is -inf, which is not valid JSON
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple) and len(value) <= _LONGEST_LIST:
        return [_as_json(one) for one in value]
    try:
        text = json.dumps(value)
    except TypeError:
        text = torch.as_tensor(value).tolist().__repr__() if hasattr(value, "__array__") else type(value).__name__
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _attention(denoiser: Any) -> str:
    processors = sorted({type(one).__name__ for one in getattr(denoiser, "attn_processors", {}).values()})
    enabled = [name for name in _SDPA if getattr(torch.backends.cuda, f"{name}_sdp_enabled")()]
    return f"{', '.join(processors) or 'unknown'}; torch: {', '.join(enabled)}"
