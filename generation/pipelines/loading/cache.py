"""Cache of loaded pipelines within a memory budget.

Key: a checkpoint's source, including how it is to be loaded, and the device. Lock: one re-entrant lock around every
change; loading happens inside it, so two threads never load the same weights twice. Budget: bytes of weights on the
device together, and for offloaded ones bytes in host memory; a single checkpoint that exceeds the budget is still
loaded, alone. Eviction: least recently used first. Precision and memory mode, if "auto", are chosen by the memory that
would be usable if the checkpoint were alone, so they do not depend on what was loaded before; `memory_budget` has the
sums. A memory mode that ran out of memory is not chosen again while the shortage lasts, and a checkpoint that was
loaded in a smaller mode is loaded again when a better one fits.
"""

import ctypes
import gc
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

from generation.pipelines.loading import memory_budget, releasable
from generation.pipelines.loading.batch_memory import ImageMemory
from generation.pipelines.loading.device_errors import is_shortage
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import Loaded, load
from generation.pipelines.loading.memory_budget import Held, Room
from generation.pipelines.loading.memory_modes import WORKING_BYTES
from generation.pipelines.loading.pipeline_state import default_dtype_restored, ensure
from generation.pipelines.loading.placement import too_large
from generation.pipelines.loading.planner import Plan, Planner
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)

Key = tuple[CheckpointSource, str]
WORTH_RELEASING = 2**26  # bytes of adapters; less makes no difference to a call that ran out of memory


class PipelineCache:
    """Loaded checkpoints, within `budget_bytes` of weights on the device; 0: a share of what is usable."""

    def __init__(
        self,
        device: Device,
        budget_bytes: int = 0,
        loader: Callable[[CheckpointSource, Device], Loaded] = load,
        *,
        planner: Planner | None = None,
    ) -> None:
        """Keep up to `budget_bytes` of weights on `device`; `planner` chooses how they are loaded."""
        self.device = device
        self.budget_bytes = budget_bytes
        self._planner = planner or Planner(device)
        self.image_memory = ImageMemory(device, self.bytes_for_images, clock=self._planner.clock)
        self._loader = loader
        self._lock = threading.RLock()
        self._plans: dict[Key, Plan] = {}
        self._loaded: OrderedDict[Key, Loaded] = OrderedDict()
        self._device_bytes: dict[str, int] = {}  # by `CheckpointSource.key`, also of checkpoints that were dropped

    def get(self, source: CheckpointSource) -> Loaded:
        """Return `source` loaded; the least recently used pipelines are dropped to make room.

        A pipeline that is not as it was placed, and cannot be placed again, is loaded anew.

        Raises:
            GenerationError: `checkpoint_missing`, `checkpoint_invalid` or `checkpoint_too_large`; the cache stays as
                usable as before.
        """
        key = (source, self.device.name)
        with self._lock:
            if key in self._loaded and not ensure(self._loaded[key]):
                self._forget(key)
                self.free()
            if key in self._loaded and self._planner.could_be_better(self._plans[key], self._held()):
                logger.info("%s is loaded again: memory has become free", source.slug)
                self._forget(key)
                self.free()
            if key not in self._loaded:
                return self._load(key)
            self._loaded.move_to_end(key)
            loaded = self._loaded[key]
            if loaded.is_offloaded:  # its weights come onto the device beside the resident ones
                self._make_room(Room(loaded.device_bytes), keep=1)
            return loaded

    def step_down(self, source: CheckpointSource, *, pixels: int) -> bool:
        """Choose a smaller memory mode for `source` after a single image ran out of memory; return whether it exists.

        Only if precision and memory mode are "auto", and for images of at most the checkpoint's own size: larger ones
        may never fit, and the others must not become slower for them. The loaded pipeline is dropped.
        """
        with self._lock:
            plan = self._plans.get((source, self.device.name))
            if plan is None or plan.found is None or pixels > plan.found.width * plan.found.height:
                return False
            self.drop(source.slug)
            return self._planner.note_shortage(plan, self._held())

    def release(self, *, checkpoints: bool) -> bool:
        """Release adapters and upscalers, and all checkpoints but the one used last; return whether that is worth much.

        Args:
            checkpoints: False to keep all checkpoints.
        """
        with self._lock:
            found = self.bytes_beside() >= WORTH_RELEASING or (checkpoints and len(self._loaded) > 1)
            while checkpoints and len(self._loaded) > 1:
                self._forget(next(iter(self._loaded)))
            self.release_beside()
            self.free()
            return found

    def bytes_beside(self) -> int:
        """Return what adapters and upscalers take on the device."""
        return releasable.device_bytes(self.device.name)

    def release_beside(self) -> None:
        """Release adapters and upscalers; those in use stay in memory until their call has ended."""
        releasable.release()

    def bytes_for_images(self, name: str) -> int:
        """Return what the images of a batch with a checkpoint may take on the device, by `CheckpointSource.key`."""
        with self._lock:
            loaded = next((one for one in self._loaded.values() if one.source.key == name), None)
            is_resident = loaded is not None and loaded.source.memory_mode == "resident"
            weights = self._device_bytes.get(name, 0)
            return memory_budget.image_bytes(
                self._planner.measure(),
                self._held(),
                weights=weights,
                is_resident=is_resident,
                explicit=self.budget_bytes,
            )

    def loaded(self) -> list[Loaded]:
        """Return the loaded pipelines, least recently used first."""
        with self._lock:
            return list(self._loaded.values())

    def drop(self, slug: str) -> bool:
        """Drop every pipeline of the checkpoint `slug`; return whether there was one."""
        with self._lock:
            keys = [key for key in self._loaded if key[0].slug == slug]
            for key in keys:
                self._forget(key)
            if keys:
                self.free()
            return bool(keys)

    def unload(self) -> None:
        """Drop every pipeline, adapter and upscaler, and free the memory."""
        with self._lock:
            self._loaded.clear()
            self._plans.clear()
            self.release_beside()
            self.free()

    def free(self) -> None:
        """Free unused memory; loaded pipelines stay."""
        gc.collect()
        self.device.empty_cache()
        _trim_heap()

    def _load(self, key: Key) -> Loaded:
        """Load a checkpoint; if memory runs out meanwhile, first without anything else, then in smaller modes."""
        while True:
            plan = self._planner.plan(key[0], self._held())
            self._make_room(plan.needed)
            try:
                with default_dtype_restored():
                    loaded = self._loader(plan.source, self.device)
                break
            except BaseException as error:
                is_short = is_shortage(error)
                if is_short:
                    logger.warning("out of memory while loading %s: %s", plan.source.slug, error)
                    error.__traceback__ = None  # its frames hold the tensors that did not fit
                self.free()  # half-loaded weights would otherwise stay until the next garbage collection
                if not is_short:
                    raise
            if self._loaded or self.bytes_beside():
                self.unload()
            elif not self._planner.note_shortage(plan, self._held()):
                raise too_large(plan.source, plan.needed, self._planner.usable(self._held()), self.device)
        self._loaded[key] = loaded
        self._plans[key] = plan
        self._device_bytes[key[0].key] = loaded.device_bytes
        self._make_room(Room(0), keep=1)
        logger.info(
            "loaded %s, %.0f MB on %s, %s, %s",
            loaded.source.slug,
            loaded.size_bytes / 1e6,
            self.device.name,
            loaded.source.precision,
            loaded.source.memory_mode,
        )
        return loaded

    def _make_room(self, coming: Room, *, keep: int = 0) -> None:
        """Release what is needed for `coming`: checkpoints beyond the budget, then adapters, then more checkpoints.

        The least recently used goes first; the `keep` used last stay.
        """
        while len(self._loaded) > keep and self._exceeds_budget(coming):
            self._drop_oldest()
        if self.bytes_beside() and self._lacks_room(coming):
            self.release_beside()
            self.free()
        while len(self._loaded) > keep and self._lacks_room(coming):
            self._drop_oldest()

    def _exceeds_budget(self, coming: Room) -> bool:
        return memory_budget.exceeds_budget(self._planner.measure(), self._held(), coming, self.budget_bytes)

    def _lacks_room(self, coming: Room) -> bool:
        return memory_budget.lacks_room(self._planner.measure(), self._held(), coming, WORKING_BYTES)

    def _drop_oldest(self) -> None:
        key = next(iter(self._loaded))
        self._forget(key)
        self.free()
        logger.info("dropped %s to make room", key[0].slug)

    def _forget(self, key: Key) -> None:
        del self._loaded[key]
        self._plans.pop(key, None)

    def _held(self) -> Held:
        loaded = self._loaded.values()
        return Held(
            resident=sum(one.device_bytes for one in loaded if one.source.memory_mode == "resident"),
            offloaded=sum(one.size_bytes for one in loaded if one.is_offloaded),
            beside=self.bytes_beside(),
        )


def _trim_heap() -> None:
    """Return freed heap memory to the system: glibc keeps fragments between blocks in use, and they add up."""
    with suppress(AttributeError, OSError, TypeError):  # not with another C library
        ctypes.CDLL(None).malloc_trim(0)
