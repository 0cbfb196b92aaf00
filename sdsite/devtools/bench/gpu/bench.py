"""What the checks of `bench gpu` share: the device, checkpoints, timed calls, peaks of memory, ballast."""

import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from generation.errors import GenerationError
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.per_image import image_count
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.benchmarks import SilentHooks
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from generation.pipelines.protocol import Assets, GeneratedImage, InputImages, Part, Timings
from generation.weights.sources import CheckpointSource
from sdsite.devtools.bench.gpu.checkpoints import PROMPT, write_checkpoint

GIB = 2**30
ROUNDS = 3  # the median counts, after one run to warm up
_SIDES = {"sd": 512, "sdxl": 1024, "flux": 1024}
_STEPS = {"sd": 25, "sdxl": 30, "flux": 8}
TINY_SIDE, TINY_STEPS = 64, 2
NO_PREVIEWS = {"start": 150, "every": 150}  # no check runs that many steps


@dataclass
class Run:
    """Images of one call of `generate`, its seconds by phase, and the steps that were run for them."""

    images: list[GeneratedImage]
    seconds: float
    timings: dict[str, float]
    steps: int


@dataclass
class GpuBench:
    """A device, and checkpoints in `folder` that are as large as published ones (`tiny`: as small as they can be)."""

    device: Device
    tiny: bool
    folder: Path
    _written: dict[str, Path] = field(default_factory=dict)

    @property
    def is_cuda(self) -> bool:
        """Whether the device has its own memory and events, as CUDA and ROCm devices have."""
        return self.device.kind == "cuda"

    def source(self, family: str, **options: Any) -> CheckpointSource:
        """Return the checkpoint of `family`, written when first asked for; `options` are those of loading."""
        if family not in self._written:
            made_on = self.device.name if self.is_cuda else "cpu"
            size = "tiny" if self.tiny else "real"
            dtype = self.device.dtype_for(family)
            path = write_checkpoint(family, self.folder / family, size=size, device=made_on, dtype=dtype)
            self._written[family] = path
            self.device.empty_cache()
        return replace(CheckpointSource(family, "folder", str(self._written[family])), **options)

    def cache(self) -> PipelineCache:
        """Return an empty cache with the budget that a worker would have now."""
        self.device.empty_cache()
        return PipelineCache(self.device)

    def parameters(self, source: CheckpointSource, **requested: Any) -> ResolvedParameters:
        """Return resolved parameters for images of the family's own size; `requested` comes first."""
        family = source.slug
        side, steps = (TINY_SIDE, TINY_STEPS) if self.tiny else (_SIDES[family], _STEPS[family])
        defaults = CheckpointDefaults(family, family, side, side, steps, 4.0, "euler")
        asked = {"prompt": PROMPT, "seed": 1, "preview": NO_PREVIEWS, **requested}
        return resolve(GenerationParameters.model_validate(asked), defaults)

    def generate(
        self,
        cache: PipelineCache,
        source: CheckpointSource,
        *,
        indices: Sequence[int] | None = None,
        assets: Assets | None = None,
        inputs: InputImages | None = None,
        **requested: Any,
    ) -> Run:
        """Generate images as a worker does.

        Raises:
            GenerationError: as `generation.pipelines.generate.generate`, or the one of the only part.
        """
        parameters = self.parameters(source, **requested)
        hooks, timings = SilentHooks(), Timings()
        part = Part(parameters, tuple(indices or range(image_count(parameters))), hooks, inputs or InputImages())
        self.device.synchronize()
        began = time.perf_counter()
        [result] = generate.generate(source, [part], timings=timings, assets=assets, cache=cache)
        self.device.synchronize()
        if isinstance(result, GenerationError):
            raise result
        return Run(result, time.perf_counter() - began, timings.seconds, hooks.steps)

    def median(self, call: Callable[[], Run], rounds: int = ROUNDS) -> Run:
        """Return the run of median duration among `rounds`, after one to warm up."""
        call()
        runs = sorted((call() for _ in range(rounds)), key=lambda run: run.seconds)
        return runs[len(runs) // 2]

    def peak_gib(self, call: Callable[[], object]) -> float | None:
        """Return the GiB that `call` took at most beyond what was allocated before; None where nobody counts."""
        if not self.is_cuda:
            call()
            return None
        torch.cuda.reset_peak_memory_stats(self.device.name)
        before = torch.cuda.memory_allocated(self.device.name)
        call()
        return (torch.cuda.max_memory_allocated(self.device.name) - before) / GIB

    @contextmanager
    def ballast(self, free_gib: float) -> Iterator[None]:
        """Leave `free_gib` GiB of the device's memory free while the block runs; does nothing without CUDA."""
        held = None
        if self.is_cuda:
            self.device.empty_cache()
            free, _total = torch.cuda.mem_get_info(self.device.name)
            held = torch.empty(max(0, int(free - free_gib * GIB)), dtype=torch.uint8, device=self.device.name)
        try:
            yield
        finally:
            del held
            self.device.empty_cache()


def count_waits(call: Callable[[], object]) -> int:
    """Return how often the host waits for a CUDA device during `call`, as torch warns of it."""
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return sum("synchroniz" in str(one.message) for one in caught)


def median_seconds(device: Device, call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median seconds of `call`, the device waited for on both sides, after one run to warm up."""
    taken = []
    for _ in range(rounds + 1):
        device.synchronize()
        began = time.perf_counter()
        call()
        device.synchronize()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])
