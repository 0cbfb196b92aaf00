"""Checks of memory and of equality: decoding, the same seed again, little free memory, two large checkpoints."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from generation.errors import GenerationError
from generation.pipelines.loading.device_errors import is_shortage
from generation.weights.sources import CheckpointSource
from sdsite.devtools.bench.gpu.bench import GIB, GpuBench

_SEED = 11


def decoding(bench: GpuBench) -> dict[str, Any]:
    """Generate 1, 2 and 4 large images together; say what they take beside the weights, and the share of decoding."""
    source, cache = bench.source("sdxl"), bench.cache()
    cache.get(source)
    found: dict[str, Any] = {}
    for count in (1, 2, 4):
        run = bench.median(lambda count=count: bench.generate(cache, source, count=count), rounds=1)  # type: ignore[misc]
        peak = bench.peak_gib(lambda count=count: bench.generate(cache, source, count=count, steps=2))  # type: ignore[misc]
        found[f"seconds_{count}"], found[f"decode_seconds_{count}"] = run.seconds, run.timings["decode"]
        if peak is not None:
            found[f"peak_gib_{count}"] = peak
    if bench.is_cuda:
        found["growth"] = found["peak_gib_4"] / found["peak_gib_1"]
    cache.unload()
    return found


def same_seed(bench: GpuBench) -> dict[str, Any]:
    """Generate one seed again: alone and strict, at each place of a batch, with little memory left."""
    source, cache = bench.source("sd"), bench.cache()
    strict = [_image(bench, cache, source, reproducible="strict") for _ in range(5)]
    first = strict[0]
    places = [_image(bench, cache, source, indices=order, count=4) for order in _ORDERS]
    with bench.ballast(3):
        short = _image(bench, bench.cache(), source, reproducible="strict")
    alike = [psnr(first, image) for image in places]
    return {
        "strict_equal": all(np.array_equal(first, image) for image in strict),
        "places_equal": sum(np.array_equal(first, image) for image in places),
        "places_psnr": min(alike),
        "short_of_memory_equal": bool(np.array_equal(first, short)),
    }


_ORDERS = ([0, 1, 2, 3], [1, 0, 2, 3], [1, 2, 0, 3], [1, 2, 3, 0])


def _image(bench: GpuBench, cache: Any, source: Any, indices: list[int] | None = None, **asked: Any) -> NDArray[Any]:
    images = bench.generate(cache, source, indices=indices, seed=_SEED, **asked).images
    return np.asarray(next(one.image for one in images if one.index == 0))


def psnr(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the peak signal-to-noise ratio in dB; 99 for equal images."""
    error = float(np.mean((one.astype(float) - other) ** 2))
    return 99.0 if error == 0 else min(99.0, 10 * float(np.log10(255**2 / error)))


def little_memory(bench: GpuBench) -> dict[str, Any]:
    """Generate two large images together with 12, 8 and 6 GiB free; say how, and whether steps were run twice."""
    found: dict[str, Any] = {"steps_run_twice": 0}
    for free in (12, 8, 6):
        with bench.ballast(free):
            source, cache = bench.source("sdxl"), bench.cache()
            steps = bench.parameters(source).steps
            try:
                run = bench.generate(cache, source, count=2)
                used = cache.loaded()[-1].source
                tile = run.images[0].receipt["decoding"]["tile"]
                found[f"free_{free}"] = f"{used.precision} {used.memory_mode}, decoded in tiles of {tile} px (0: whole)"
                found["steps_run_twice"] += run.steps > steps
            except GenerationError as error:
                found[f"free_{free}"] = f"{error.code}: {error}"
                found["steps_run_twice"] += 1
            cache.unload()
    found["shortage_told"] = _shortage_is_told(bench)
    return found


def _shortage_is_told(bench: GpuBench) -> bool | None:
    if not bench.is_cuda:
        return None
    try:
        torch.empty(1 << 50, dtype=torch.uint8, device=bench.device.name)
    except (RuntimeError, MemoryError) as error:
        return is_shortage(error)
    return False


def two_checkpoints(bench: GpuBench) -> dict[str, Any]:
    """Load two large checkpoints in turn where one fits only offloaded; both must stay offloaded, in full precision."""
    source = bench.source("sdxl")
    size_gib = sum(file.stat().st_size for file in source.path.rglob("*.safetensors")) / GIB
    with bench.ballast(size_gib - 0.1):
        cache = bench.cache()
        modes = []
        for slug in ("first", "second", "first"):
            one = CheckpointSource(slug, "folder", source.location)
            used = cache.get(one).source
            modes.append(f"{used.precision} {used.memory_mode}")
        cache.unload()
    return {"modes": modes, "alike": len(set(modes)) == 1, "offloaded": sum("offload" in mode for mode in modes)}
