"""Machines that are made up of numbers: a card with workers and other processes, for the caches of pipelines."""

from dataclasses import dataclass, field

import torch

from generation.errors import GenerationError
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.memory_budget import CONTEXT_BYTES, GIB, Machine
from generation.pipelines.loading.planner import Planner, Sharing
from generation.weights.inspection import make_inspection
from generation.weights.sources import CheckpointSource

# Share of the bytes of all weights and of the biggest part (16 bit) on the device, and of all on the host.
WAYS = {
    "cuda": [("half", "resident"), ("half", "offload"), ("quantized", "offload"), ("half", "sequential")],
    "mps": [("half", "resident")],
    "cpu": [("full", "resident"), ("bf16", "resident"), ("quantized", "resident")],
}
EACH = {"full": 2.0, "half": 1.0, "bf16": 1.0, "quantized": 0.5}


def needs(way: tuple[str, str], weights: int, biggest: int) -> tuple[int, int]:
    """Return the bytes on the device and on the host, from the bytes of weights in 16 bit."""
    precision, memory = way
    weights, biggest = int(weights * EACH[precision]), int(biggest * EACH[precision])
    return {"resident": (weights, 0), "offload": (biggest, weights), "sequential": (0, weights)}[memory]


@dataclass
class Card:
    """A card or a machine's memory: `others` is what other processes hold of it."""

    kind: str
    total: int
    host_total: int = 64 * GIB
    workers: int = 1
    others: int = 0
    host_others: int = 0
    now: float = 0.0
    caches: list["MadeUpCache"] = field(default_factory=list)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)  # by slug: weights and biggest part, bytes

    def __post_init__(self) -> None:
        """Start the workers."""
        self.caches = [MadeUpCache(self) for _ in range(self.workers)]

    @property
    def contexts(self) -> int:
        """Return what the driver takes of the device for workers that share it."""
        return CONTEXT_BYTES * self.workers if self.kind == "cuda" and self.workers > 1 else 0

    def taken_by_others(self, cache: "MadeUpCache") -> int:
        """Return what is held beside `cache`: other processes, other workers, and contexts on the device."""
        return self.others + self.contexts + sum(one.on_device for one in self.caches if one is not cache)

    def free_for(self, cache: "MadeUpCache") -> int:
        """Return what `cache` can allocate on the device."""
        return max(0, self.total - self.taken_by_others(cache) - cache.on_device)

    def host_free(self) -> int:
        """Return what can be allocated on the host."""
        return max(0, self.host_total - self.host_others - sum(cache.on_host for cache in self.caches))

    def usable(self, cache: "MadeUpCache") -> tuple[int, int]:
        """Return what one checkpoint of `cache` could use on the device and on the host."""
        share = (self.total - self.contexts) // self.workers
        device = max(0, min(share, self.total - self.taken_by_others(cache)))
        return device, max(0, min(self.host_free() + cache.on_host, self.host_total // self.workers))


class MadeUpDevice:
    """A device that measures the numbers of a card."""

    def __init__(self, card: Card, cache: "MadeUpCache") -> None:
        """Measure `card` for `cache`."""
        self.card, self.cache, self.kind = card, cache, card.kind
        self.name = "cuda:0" if card.kind == "cuda" else card.kind
        self.dtype = torch.float32 if card.kind == "cpu" else torch.float16

    def dtype_for(self, family: str) -> torch.dtype:
        """Return the same for every family."""
        return self.dtype

    def measure(self, *, device_workers: int, host_workers: int) -> Machine:
        """Return what is free; part of it is reserved by the allocator."""
        free = self.card.free_for(self.cache)
        host, host_total = self.card.host_free(), self.card.host_total
        return Machine(
            self.kind, free - free // 4, self.card.total, free // 4, host, host_total, device_workers, host_workers
        )


class MadeUpCache(PipelineCache):
    """A cache of a worker whose pipelines and adapters are numbers; `loads` lists what was loaded, and how."""

    def __init__(self, card: Card) -> None:
        """Start with nothing loaded."""
        self.card, self.adapters, self.loads = card, 0, []
        device = MadeUpDevice(card, self)
        planner = Planner(
            device, Sharing(card.workers, card.workers), clock=lambda: card.now, inspector=self._inspect_numbers
        )
        super().__init__(device, loader=self._load_numbers, planner=planner)

    @property
    def on_device(self) -> int:
        """Return the bytes of resident weights and adapters."""
        loaded = [one for one in getattr(self, "_loaded", {}).values() if one.source.memory_mode == "resident"]
        return self.adapters + sum(one.device_bytes for one in loaded)

    @property
    def on_host(self) -> int:
        """Return the bytes of offloaded weights."""
        loaded = [one for one in getattr(self, "_loaded", {}).values() if one.source.memory_mode != "resident"]
        return sum(one.size_bytes for one in loaded)

    def free(self) -> None:
        """Do nothing: numbers leave no garbage."""

    def bytes_beside(self) -> int:
        """Return the bytes of adapters."""
        return self.adapters

    def release_beside(self) -> None:
        """Release the adapters."""
        self.adapters = 0

    def run(self, slug: str, working: int) -> str:
        """Run a job as `generate` does, for which `working` bytes beside the weights are needed; return how it ended.

        "done", or the code of the error.
        """
        source = CheckpointSource(slug, "file", slug)
        released = False
        while True:
            try:
                loaded = self.get(source)
            except GenerationError as error:
                return error.code
            moved = 0 if loaded.source.memory_mode == "resident" else loaded.device_bytes
            if moved + working <= self.card.free_for(self):
                return "done"
            if not released and self.release(checkpoints=True):
                released = True
            elif not self.step_down(source, pixels=1):
                self.unload()
                return "out_of_memory"

    def _inspect_numbers(self, source: CheckpointSource):
        weights, biggest = self.card.sizes[source.slug]
        fields = {"kind": "sdxl", "prediction_type": "epsilon", "dtype": "F16", "size_bytes": weights}
        return make_inspection("sdxl", side=1024, weights=weights // 2, biggest=biggest // 2, **fields)

    def _load_numbers(self, source: CheckpointSource, device: MadeUpDevice) -> Loaded:
        way = (source.precision, source.memory_mode)
        on_device, on_host = needs(way, *self.card.sizes[source.slug])
        usable = self.card.usable(self)
        self.loads.append((source.slug, way, usable))
        assert on_device <= self.card.free_for(self), "a plan needs more than the device has"
        assert self.on_device + on_device <= usable[0], "a plan needs more than this worker's share"
        assert on_host <= self.card.host_free(), "a plan needs more than the host has"
        size = on_device if source.memory_mode == "resident" else on_host
        return Loaded(source, None, "sdxl", device, device.dtype, size, on_device)
