"""Cache of loaded upscaler networks, and the upscaling of an image by one of them."""

import logging
import threading
from collections import OrderedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generation.errors import GenerationError
from generation.pipelines.loading import releasable
from generation.pipelines.loading.device_errors import is_shortage
from generation.pipelines.loading.devices import Device, choose_device
from generation.pipelines.upscaling import tiling
from generation.pipelines.upscaling.load import read
from generation.pipelines.upscaling.models import Net
from generation.pipelines.upscaling.tiling import OnTile, side_for, upscale_tiled
from generation.weights.sources import WeightsSource

logger = logging.getLogger(__name__)

BUDGET_BYTES = 2**30  # of weights: about fifteen networks as Real-ESRGAN's largest


class Upscalers:
    """Networks on one device within `budget_bytes`; the least recently used is dropped first.

    A single network that exceeds the budget is still kept, alone. Lock: one around every change; reading happens inside
    it, so two threads never read the same file twice.
    """

    def __init__(self, device: Device, *, budget_bytes: int = BUDGET_BYTES, tile: int = 0) -> None:
        """Keep networks on `device`; `tile` is the longest side of a tile in pixels, 0: from free memory."""
        self.device = device
        self.budget_bytes = budget_bytes
        self.tile = tile
        self._lock = threading.RLock()
        self._nets: OrderedDict[tuple[str, str, str], Net] = OrderedDict()

    def get(self, source: WeightsSource) -> Net:
        """Return `source` in memory, on the device, in its precision.

        Raises:
            GenerationError: see `load.read`.
        """
        key = (source.slug, str(source.path), source.sha256)
        with self._lock:
            if key not in self._nets:
                net = read(source.path)
                net.model.to(self.device.name, self.device.dtype)
                self._nets[key] = net
                logger.info("loaded upscaler %s, %s, %.0f MB", source.slug, net.architecture, net.size_bytes / 1e6)
            self._nets.move_to_end(key)
            while len(self._nets) > 1 and self.size_bytes() > self.budget_bytes:
                self._nets.popitem(last=False)
            return self._nets[key]

    def loaded(self) -> list[Net]:
        """Return the loaded networks, least recently used first."""
        with self._lock:
            return list(self._nets.values())

    def unload(self) -> None:
        """Drop every network."""
        with self._lock:
            self._nets.clear()
            self.device.empty_cache()

    def run(self, net: Net, pixels: NDArray[np.uint8], *, on_tile: OnTile | None = None) -> NDArray[np.uint8]:
        """Return (h * net.factor, w * net.factor, 3) bytes from (h, w, 3).

        If memory runs out, the tile is halved and the image is started again. A network that overflows in half
        precision starts again in single precision, in which it stays.

        Raises:
            GenerationError: `out_of_memory`, even the smallest tile does not fit.
        """
        tile = self._tile_for(net)
        while True:
            try:
                upscaled = self._run_once(net, pixels, tile, on_tile)
                if upscaled is not None:
                    return upscaled
                net.model.float()
                continue
            except Exception as error:
                if not is_shortage(error):
                    raise
                # The frames of the traceback hold the tensors that did not fit.
                error.__traceback__ = None
            tried = min(tile, max(pixels.shape[:2]))
            if tried <= tiling.SMALLEST:
                raise GenerationError(
                    "out_of_memory", "There is too little memory to upscale this image; ask for a smaller size."
                )
            tile = max(tiling.SMALLEST, tried // 2)
            self.device.empty_cache()
            logger.warning("out of memory while upscaling; going on with tiles of %d pixels", tile)

    def _tile_for(self, net: Net) -> int:
        if self.tile:
            return max(tiling.SMALLEST, self.tile)
        free = self.device.free_bytes()
        side = side_for(free, features=net.features, factor=net.factor, itemsize=self.device.dtype.itemsize)
        return min(side, tiling.ON_CPU) if self.device.kind == "cpu" else side

    @torch.inference_mode()
    def _run_once(
        self, net: Net, pixels: NDArray[np.uint8], tile: int, on_tile: OnTile | None
    ) -> NDArray[np.uint8] | None:
        """Return the upscaled image; None if the network overflowed in half precision."""
        dtype = next(net.model.parameters()).dtype
        sound: list[Tensor] = []  # of each tile; read at the end, because reading waits for the device

        def upscale_tile(seen: Tensor) -> Tensor:
            upscaled: Tensor = net.model(seen.to(dtype, memory_format=torch.channels_last)).float()
            if dtype != torch.float32:
                sound.append(torch.isfinite(upscaled).all())
            return upscaled

        upscaled = upscale_tiled(
            pixels, upscale_tile, factor=net.factor, tile=tile, on_tile=on_tile, device=self.device
        )
        return upscaled if not sound or bool(torch.stack(sound).all()) else None

    def size_bytes(self) -> int:
        """Return the bytes of weights of all loaded networks."""
        return sum(net.size_bytes for net in self._nets.values())


_kept: dict[str, Upscalers] = {}
_tile = 0
_lock = threading.Lock()


def use_tile(pixels: int) -> None:
    """Set the side of this process's tiles in pixels; 0: as free memory allows."""
    global _tile
    with _lock:
        _tile = pixels
        for kept in _kept.values():
            kept.tile = pixels


def upscalers_on(device: Device | None = None) -> Upscalers:
    """Return this process's networks on `device`; None: the best device available."""
    device = device or choose_device()
    with _lock:
        return _kept.setdefault(device.name, Upscalers(device, tile=_tile))


def unload() -> None:
    """Drop every network of this process to free memory."""
    for kept in list(_kept.values()):
        kept.unload()


def device_bytes(device_name: str) -> int:
    """Return the bytes of this process's networks on the device called `device_name`."""
    kept = _kept.get(device_name)
    return kept.size_bytes() if kept else 0


releasable.register("upscalers", releasable.Releasable(device_bytes, unload))
