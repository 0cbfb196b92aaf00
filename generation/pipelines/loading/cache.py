"""Cache of loaded pipelines within a memory budget.

Key: a checkpoint's source, including how it is to be loaded, and the device. Lock: one re-entrant lock around every
change; loading happens inside it, so two threads never load the same weights twice. Budget: bytes of weights on the
device together, and for offloaded ones bytes in host memory; a single checkpoint that exceeds the budget is still
loaded, alone. Eviction: least recently used first. Precision and memory mode, if "auto", are chosen by the memory that
would be free if the checkpoint were alone, so they do not depend on what was loaded before.
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
from generation.pipelines.loading.load import Loaded, load, resolve_auto_from_headers
from generation.pipelines.loading.memory_modes import choose_mode, needed_bytes
from generation.pipelines.loading.pipeline_state import ensure
from generation.pipelines.loading.placement import BYTES_A_WEIGHT, OFFLOADED, choose_dtype
from generation.weights.checkpoint_inspection import inspect
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)

Key = tuple[CheckpointSource, str]


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
        self.image_memory = ImageMemory(device)
        self._loader = loader
        self._lock = threading.RLock()
        self._host_budget = device.host_budget()
        self._free_limit: dict[str, int] = {}  # by slug: free bytes to assume, after more turned out not to be enough
        self._loaded: OrderedDict[Key, Loaded] = OrderedDict()

    def get(self, source: CheckpointSource) -> Loaded:
        """Return `source` loaded; the least recently used pipelines are dropped to make room.

        A pipeline that is not as it was placed, and cannot be placed again, is loaded anew.

        Raises:
            GenerationError: `checkpoint_missing` or `checkpoint_invalid`; the cache stays as usable as before.
        """
        key = (source, self.device.name)
        with self._lock:
            if key in self._loaded and not ensure(self._loaded[key]):
                del self._loaded[key]
                self.free()
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
            source, coming_bytes = self._plan(source)
            self._make_room(coming_bytes)
            try:
                loaded = self._loader(source, self.device)
            except BaseException:
                self.free()  # half-loaded weights would otherwise stay until the next garbage collection
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
        """Choose a smaller memory mode for `source` after a single image ran out of memory; return whether it exists.

        Only if precision and memory mode are "auto", and for images of at most the checkpoint's own size: larger ones
        may never fit, and the others must not become slower for them. The loaded pipeline is dropped.
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
        self._free_limit[source.slug] = short
        self.drop(source.slug)
        logger.warning("%s ran out of memory (%s): using a smaller memory mode", source.slug, before)
        return True

    def loaded(self) -> list[Loaded]:
        """Return the loaded pipelines, least recently used first."""
        with self._lock:
            return list(self._loaded.values())

    def drop(self, slug: str) -> bool:
        """Drop every pipeline of the checkpoint `slug`; return whether there was one."""
        with self._lock:
            keys = [key for key in self._loaded if key[0].slug == slug]
            for key in keys:
                del self._loaded[key]
            if keys:
                self.free()
            return bool(keys)

    def unload(self) -> None:
        """Drop every pipeline and free the memory."""
        with self._lock:
            self._loaded.clear()
            self.free()

    def free(self) -> None:
        """Free unused memory; loaded pipelines stay."""
        gc.collect()
        self.device.empty_cache()
        _trim_heap()

    def _plan(self, source: CheckpointSource) -> tuple[CheckpointSource, int]:
        """Return `source` with its memory mode resolved, and the bytes that it will take on the device."""
        if source.kind == "hub":
            return source, 0  # asking the Hub costs a round trip; the budget is enforced after loading
        found = inspect(source)
        source = resolve_auto_from_headers(source, found, self.device, self._free(source))
        counted = {"resident": found.weights, "offload": found.biggest, "sequential": 0}[source.memory_mode]
        if source.precision == "quantized":
            return source, counted
        return source, counted * choose_dtype(source, self.device, found.family).itemsize

    def _free(self, source: CheckpointSource) -> int:
        """Return the bytes that would be free for `source` if nothing else were loaded."""
        free = self.device.free_bytes() + self._resident()
        return min(free, self._free_limit.get(source.slug, free))

    def _make_room(self, coming_bytes: int) -> None:
        """Drop the least recently used while the budget is exceeded with `coming_bytes` more; the newest stays."""
        dropped = False
        keep = 0 if coming_bytes else 1
        while len(self._loaded) > keep and self._is_crowded(coming_bytes):
            _, loaded = self._loaded.popitem(last=False)
            logger.info("dropped %s to make room", loaded.source.slug)
            del loaded
            dropped = True
        if dropped:
            self.free()

    def _is_crowded(self, coming_bytes: int) -> bool:
        offloaded = sum(one.size_bytes for one in self._loaded.values() if one.source.memory_mode in OFFLOADED)
        return self._resident() + coming_bytes > self.budget_bytes or offloaded > self._host_budget

    def _resident(self) -> int:
        return sum(loaded.device_bytes for loaded in self._loaded.values())


def _trim_heap() -> None:
    """Return freed heap memory to the system: glibc keeps fragments between blocks in use, and they add up."""
    with suppress(AttributeError, OSError, TypeError):  # not with another C library
        ctypes.CDLL(None).malloc_trim(0)
