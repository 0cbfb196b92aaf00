"""The pipelines kept in memory.

Key: slug, kind, location, revision and device of a checkpoint. Lock: one re-entrant lock around every change; loading
happens inside it, so two threads never load the same weights twice. Budget: bytes of weights that may stay loaded
together; one checkpoint that is larger than the budget by itself is still loaded, alone. Order: least recently used
goes first.
"""

import ctypes
import gc
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from generation.pipelines.devices import Device
from generation.pipelines.inspecting import inspect
from generation.pipelines.loading import Loaded, load
from generation.pipelines.memory import ImageMemory
from generation.pipelines.protocol import CheckpointSource

logger = logging.getLogger(__name__)

Key = tuple[str, str, str, str, str]


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
        self._loaded: OrderedDict[Key, Loaded] = OrderedDict()

    def get(self, source: CheckpointSource) -> Loaded:
        """Return `source` loaded; what was used longest ago makes room for it.

        Raises:
            GenerationError: `checkpoint_missing` or `checkpoint_invalid`; the cache stays as usable as before.
        """
        key = (source.slug, source.kind, source.location, source.revision, self.device.name)
        with self._lock:
            if key in self._loaded:
                self._loaded.move_to_end(key)
                return self._loaded[key]
            self._make_room(self._expected_bytes(source))
            try:
                loaded = self._loader(source, self.device)
            except BaseException:
                self.free()  # half-loaded weights would otherwise stay until the next collection
                raise
            self._loaded[key] = loaded
            self._make_room(0)
            logger.info("loaded %s, %.0f MB on %s", source.slug, loaded.size_bytes / 1e6, self.device.name)
            return loaded

    def loaded(self) -> list[Loaded]:
        """Return what is loaded, least recently used first."""
        with self._lock:
            return list(self._loaded.values())

    def drop(self, slug: str) -> bool:
        """Forget every pipeline of the checkpoint `slug`; return whether there was one."""
        with self._lock:
            keys = [key for key in self._loaded if key[0] == slug]
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

    def _expected_bytes(self, source: CheckpointSource) -> int:
        if source.kind == "hub":
            return 0  # asking the Hub costs a round trip; what is over the budget goes after loading
        found = inspect(source)
        stored = 4 if found.dtype == "F32" else 2
        return found.size_bytes * self.device.dtype_for(found.family).itemsize // stored

    def _make_room(self, coming: int) -> None:
        """Drop the least recently used while they and `coming` bytes exceed the budget; the newest stays."""
        dropped = False
        keep = 0 if coming else 1
        while len(self._loaded) > keep and self._resident() + coming > self.budget_bytes:
            _, loaded = self._loaded.popitem(last=False)
            logger.info("dropped %s to make room", loaded.source.slug)
            del loaded
            dropped = True
        if dropped:
            self.free()

    def _resident(self) -> int:
        return sum(loaded.size_bytes for loaded in self._loaded.values())


def _trim() -> None:
    """Give freed memory back to the system: glibc keeps pieces between those that are in use, and they add up."""
    with suppress(AttributeError, OSError, TypeError):  # another C library does as it thinks best
        ctypes.CDLL(None).malloc_trim(0)
