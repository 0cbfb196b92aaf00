"""Checks of speed: the site's overhead, memory modes of a large checkpoint, upscaling, memory formats."""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from generation.pipelines import benchmarks
from generation.pipelines.upscaling import benchmarks as upscaler_benchmarks
from sdsite.devtools.bench.gpu.bench import GIB, NO_PREVIEWS, GpuBench, median_seconds

_PREVIEWS = {"off": NO_PREVIEWS, "paced": {}, "every": {"every": 1}}


def overhead(bench: GpuBench) -> dict[str, Any]:
    """Compare `generate` with the bare pipeline call, for 1 to 16 images and three paces of previews."""
    source, cache = bench.source("sd"), bench.cache()
    found: dict[str, Any] = {}
    for count in (1, 2) if bench.tiny else (1, 4, 16):
        for name, preview in _PREVIEWS.items():
            parameters = bench.parameters(source, count=count, preview=preview)
            measured = benchmarks.overhead(source, parameters, rounds=3, cache=cache)
            found[f"ratio_{name}_{count}"] = measured.ratio
            found[f"seconds_an_image_{count}"] = measured.bare_seconds / count
    for name in _PREVIEWS:
        found[f"ratio_{name}"] = max(value for key, value in found.items() if key.startswith(f"ratio_{name}_"))
    return found


def memory_modes(bench: GpuBench) -> dict[str, Any]:
    """Generate with a large checkpoint resident, offloaded and quantized; say how fast weights move."""
    found: dict[str, Any] = {}
    for name, options in {
        "resident": {"memory_mode": "resident"},
        "offload": {"memory_mode": "offload"},
        "quantized_offload": {"memory_mode": "offload", "precision": "quantized"},
    }.items():
        source, cache = bench.source("flux", **options), bench.cache()
        run = bench.median(lambda source=source, cache=cache: bench.generate(cache, source))  # type: ignore[misc]
        found[f"{name}_seconds"] = run.seconds
        if name == "offload":
            moved = cache.loaded()[-1].size_bytes / GIB
            extra = run.seconds - found["resident_seconds"]
            found["moved_gib"] = moved
            found["gib_a_second"] = moved / extra if bench.is_cuda and extra > 0 else None
        cache.unload()
    return found


def upscaling(bench: GpuBench) -> dict[str, Any]:
    """Upscale an image four times; say which share of the time the network itself does not need."""
    name, side = ("animevideov3", 48) if bench.tiny else ("x4plus", 1024)
    network = type(upscaler_benchmarks.NETWORKS[name]())
    clock = _NetworkClock(bench, network)
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder, clock:
        costs = upscaler_benchmarks.measure(
            Path(folder), device=bench.device.name, side=side, names=[name], tile_sides=[512], rounds=3
        )
        cost = list(costs)[-1]
    inside = clock.seconds() / 4  # rounds and the one to warm up
    return {"seconds": cost.seconds, "network_seconds": inside, "host_share": max(0.0, 1 - inside / cost.seconds)}


class _NetworkClock:
    """Seconds that the modules of one class take on the device while the block runs."""

    def __init__(self, bench: GpuBench, kind: type[torch.nn.Module]) -> None:
        self._bench, self._kind = bench, kind
        self._marks: list[Any] = []
        self._handles: list[Any] = []

    def __enter__(self) -> None:
        modules = torch.nn.modules.module
        self._handles.append(modules.register_module_forward_pre_hook(self._mark))
        self._handles.append(modules.register_module_forward_hook(self._mark))

    def __exit__(self, *raised: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _mark(self, module: torch.nn.Module, *passed: object) -> None:
        if not isinstance(module, self._kind):
            return
        if self._bench.is_cuda:
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            self._marks.append(event)
        else:
            self._bench.device.synchronize()
            self._marks.append(time.perf_counter())

    def seconds(self) -> float:
        self._bench.device.synchronize()
        pairs = list(zip(self._marks[::2], self._marks[1::2], strict=True))
        if self._bench.is_cuda:
            return float(sum(start.elapsed_time(end) for start, end in pairs) / 1000)
        return float(sum(end - start for start, end in pairs))


def memory_formats(bench: GpuBench) -> dict[str, Any]:
    """Compare the seconds of a denoising step with channels last, and with cuDNN choosing its kernels by trial."""
    source, cache = bench.source("sdxl"), bench.cache()
    steps = bench.parameters(source).steps

    def seconds_a_step() -> float:
        return bench.median(lambda: bench.generate(cache, source)).timings["denoise"] / steps

    found = {"plain": seconds_a_step()}
    unet = cache.get(source).pipe.unet
    unet.to(memory_format=torch.channels_last)
    found["channels_last"] = seconds_a_step()
    before, torch.backends.cudnn.benchmark = torch.backends.cudnn.benchmark, True
    try:
        found["cudnn_benchmark"] = seconds_a_step()
    finally:
        torch.backends.cudnn.benchmark = before
    cache.unload()
    return {**found, "gain": 1 - min(found["channels_last"], found["cudnn_benchmark"]) / found["plain"]}


def sizes_and_batches(bench: GpuBench) -> dict[str, Any]:
    """Measure seconds a step at four sizes and batches of 1, 2 and 4: what costs and batches are predicted from."""
    source, cache = bench.source("sdxl"), bench.cache()
    sides = (64, 128) if bench.tiny else (512, 768, 1024, 1536)
    found: dict[str, Any] = {}
    for side in sides:
        for count in (1, 2) if bench.tiny else (1, 2, 4):
            asked = {"width": side, "height": side, "count": count, "steps": 2 if bench.tiny else 10}
            run = bench.median(lambda asked=asked: bench.generate(cache, source, **asked), rounds=1)  # type: ignore[misc]
            found[f"step_{side}_x{count}"] = run.timings["denoise"] / asked["steps"]
    cache.unload()
    side, seconds = sides[0], found[f"step_{sides[0]}_x1"]
    return {
        **found,
        "four_times_the_pixels": found[f"step_{2 * side}_x1"] / seconds,
        "batch_of_two_gain": 2 * seconds / found[f"step_{side}_x2"],
    }


def device_speed(bench: GpuBench) -> dict[str, Any]:
    """Measure a matrix product and a copy to the device, to tell a slow card from slow code."""
    side = 256 if bench.tiny else 8192
    one = torch.randn(side, side, device=bench.device.name, dtype=bench.device.dtype)
    host = torch.empty(1 << (20 if bench.tiny else 30), dtype=torch.uint8, pin_memory=bench.is_cuda)
    product = median_seconds(bench.device, lambda: one @ one)
    copy = median_seconds(bench.device, lambda: host.to(bench.device.name, copy=True))
    return {"tflops": 2 * side**3 / product / 1e12, "pinned_gib_a_second": host.numel() / GIB / copy}
