"""The pipelines kept in memory.

Key: a checkpoint's source, with how it wants to be loaded, and the device. Lock: one re-entrant lock around every
change; loading happens inside it, so two threads never load the same weights twice. Budget: bytes of weights that may
lie on the device together, and for offloaded ones bytes that may lie in the machine's memory; one checkpoint that is
larger than the budget by itself is still loaded, alone. Order: least recently used goes first. How a checkpoint is
kept, where that is left open, is settled by what would be free if it were alone, so it does not depend on what came
before.
"""

import ctypes
import gc
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from generation.pipelines.loading.batch_memory import ImageMemory
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import Loaded, load, settled
from generation.pipelines.loading.memory_modes import choose_mode, needed_bytes
from generation.pipelines.loading.placement import BYTES_A_WEIGHT, choose_dtype
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)

Key = tuple[CheckpointSource, str]
OFFLOADED = ("offload", "sequential")


class PipelineCache:
    """Loaded checkpoints, within `budget_bytes`."""

    def __init__(
        self,
        device: Device,
        budget_bytes: int,
        loader: Callable[[CheckpointSource, Device], Loaded] = load,
    ) -> None:
        """Keep up to `budget_bytes` of weights on `device`."""
        self.device = device
        self.budget_bytes = budget_bytes
        self.images = ImageMemory(device)
        self._loader = loader
        self._lock = threading.RLock()
        self._host_budget = device.host_budget()
        self._short: dict[str, int] = {}  # free bytes that turned out not to be enough, by slug
        self._loaded: OrderedDict[Key, Loaded] = OrderedDict()

    def get(self, source: CheckpointSource) -> Loaded:
        """Return `source` loaded; what was used longest ago makes room for it.

        Raises:
            GenerationError: `checkpoint_missing` or `checkpoint_invalid`; the cache stays as usable as before.
        """
        key = (source, self.device.name)
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
            source, coming = self._plan(source)
            self._make_room(coming)
            try:
                loaded = self._loader(source, self.device)
            except BaseException:
                self.free()  # half-loaded weights would otherwise stay until the next collection
                raise
            self._loaded[key] = loaded
            self._make_room(0)
            logger.info(
                "loaded %s, %.0f MB on %s, %s, %s",
                source.slug,
                loaded.size_bytes / 1e6,
                self.device.name,
                loaded.source.precision,
                loaded.source.memory_mode,
            )
            return loaded

    def step_down(self, source: CheckpointSource, *, pixels: int) -> bool:
        """Keep `source` more frugally from now on, after one image alone ran out of memory; return whether it can be.

        Only where precision and memory mode are left open, and for images of at most the size that it draws best at:
        larger ones may be too large for good, and the others must not suffer for it. What is loaded of it is forgotten.
        """
        if source.memory_mode != "auto" or source.precision != "auto" or source.kind == "hub":
            return False
        found = inspect(source)
        if pixels > found.width * found.height:
            return False
        sizes = (found.weights * BYTES_A_WEIGHT, found.biggest * BYTES_A_WEIGHT)
        before = choose_mode(*sizes, self._free(source), self.device.kind)
        short = needed_bytes(before, *sizes, self.device.kind) - 1
        if choose_mode(*sizes, short, self.device.kind) == before:
            return False
        self._short[source.slug] = short
        self.drop(source.slug)
        logger.warning("%s ran out of memory (%s): it is kept more frugally", source.slug, before)
        return True

    def loaded(self) -> list[Loaded]:
        """Return what is loaded, least recently used first."""
        with self._lock:
            return list(self._loaded.values())

    def drop(self, slug: str) -> bool:
        """Forget every pipeline of the checkpoint `slug`; return whether there was one."""
        with self._lock:
            keys = [key for key in self._loaded if key[0].slug == slug]
            for key in keys:
                del self._loaded[key]
            if keys:
                self.free()
            return bool(keys)

    def unload(self) -> None:
        """Forget every pipeline and give the memory back."""
        with self._lock:
            self._loaded.clear()
            self.free()

    def free(self) -> None:
        """Give back memory that nothing uses; loaded pipelines stay."""
        gc.collect()
        self.device.empty_cache()
        _trim()

    def _plan(self, source: CheckpointSource) -> tuple[CheckpointSource, int]:
        """Return `source` with its memory settled, and the bytes that it will take on the device."""
        if source.kind == "hub":
            return source, 0  # asking the Hub costs a round trip; what is over the budget goes after loading
        found = inspect(source)
        source = settled(source, found, self.device, self._free(source))
        counted = {"resident": found.weights, "offload": found.biggest, "sequential": 0}[source.memory_mode]
        if source.precision == "quantized":
            return source, counted
        return source, counted * choose_dtype(source, self.device, found.family).itemsize

    def _free(self, source: CheckpointSource) -> int:
        """Return the bytes that `source` could use if nothing else were loaded."""
        free = self.device.free_bytes() + self._resident()
        return min(free, self._short.get(source.slug, free))

    def _make_room(self, coming: int) -> None:
        """Drop the least recently used while they and `coming` bytes exceed the budget; the newest stays."""
        dropped = False
        keep = 0 if coming else 1
        while len(self._loaded) > keep and self._is_crowded(coming):
            _, loaded = self._loaded.popitem(last=False)
            logger.info("dropped %s to make room", loaded.source.slug)
            del loaded
            dropped = True
        if dropped:
            self.free()

    def _is_crowded(self, coming: int) -> bool:
        offloaded = sum(one.size_bytes for one in self._loaded.values() if one.source.memory_mode in OFFLOADED)
        return self._resident() + coming > self.budget_bytes or offloaded > self._host_budget

    def _resident(self) -> int:
        return sum(loaded.device_bytes for loaded in self._loaded.values())


def _trim() -> None:
    """Give freed memory back to the system: glibc keeps pieces between those that are in use, and they add up."""
    with suppress(AttributeError, OSError, TypeError):  # another C library does as it thinks best
        ctypes.CDLL(None).malloc_trim(0)
