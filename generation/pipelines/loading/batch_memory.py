"""Batch sizes that fit into memory and pay off, from the measured memory use of images by checkpoint and size.

On a CPU a batch pays off because the weights are read once for several images; beyond a few images the gain is used up
and only the waiting grows. On a GPU the free memory decides, by what images of the same checkpoint and size took
before; until that was measured, the family's usual batch size is used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from generation.parameters.catalog import FAMILIES
from generation.pipelines.loading.devices import Device

MOST_ON_CPU = 8
MOST_ON_GPU = 16
SHARE_OF_FREE = 0.8  # share of the free memory that a batch may use
GROWTH = 2  # a batch is at most this many times as large as a measured one: memory need not grow linearly

Kind = tuple[str, int, int]  # checkpoint, width and height


@dataclass
class _Measured:
    bytes_each: float = 0.0
    largest: int = 0
    fits: int | None = None  # set when more than this ran out of memory


class ImageMemory:
    """Measured memory use of images on one device, by checkpoint and size, for the lifetime of the process."""

    def __init__(self, device: Device) -> None:
        """Start without measurements."""
        self.device = device
        self._measured: dict[Kind, _Measured] = {}

    def most_images(self, kind: Kind, family: str, *, at_most: int = 0, free_bytes: int | None = None) -> int:
        """Return how many images may be denoised together, 1 or more.

        Args:
            kind: checkpoint, width and height in pixels.
            family: of the checkpoint, a key of the catalog.
            at_most: the site's own limit; on a CPU this number itself is used. 0: none.
            free_bytes: free bytes on a GPU; queried by default.
        """
        measured_memory = self._measured.get(kind, _Measured())
        if self.device.kind == "cuda" and measured_memory.bytes_each > 0:
            free = _free_on_gpu(self.device) if free_bytes is None else free_bytes
            fitting = int(free * SHARE_OF_FREE / measured_memory.bytes_each)
            most = min(fitting, measured_memory.largest * GROWTH, at_most or MOST_ON_GPU)
        elif self.device.kind == "cpu" and at_most:
            most = at_most
        else:
            most = min(_usual_batch_size(kind, family), at_most or MOST_ON_CPU)
        return max(1, most if measured_memory.fits is None else min(most, measured_memory.fits))

    @contextmanager
    def measured(self, kind: Kind, images: int) -> Iterator[None]:
        """Record the peak memory of `images` images while the block runs; does nothing without CUDA."""
        if self.device.kind != "cuda":
            yield
            return
        torch.cuda.reset_peak_memory_stats(self.device.name)
        before = torch.cuda.memory_allocated(self.device.name)
        yield
        self.learn(kind, images, torch.cuda.max_memory_allocated(self.device.name) - before)

    def learn(self, kind: Kind, images: int, taken_bytes: int) -> None:
        """Record that `images` images took `taken_bytes` beside the weights."""
        measured_memory = self._measured.setdefault(kind, _Measured())
        if images >= measured_memory.largest:  # the fixed cost of a call weighs least in the largest batch
            measured_memory.largest = images
            measured_memory.bytes_each = taken_bytes / images

    def did_not_fit(self, kind: Kind, images: int) -> None:
        """Record that `images` images ran out of memory: from now on at most half as many are denoised together."""
        measured_memory = self._measured.setdefault(kind, _Measured())
        measured_memory.fits = max(1, min(images // 2, measured_memory.fits or images))


def _usual_batch_size(kind: Kind, family: str) -> int:
    """Return the family's usual batch size scaled to this image size: twice as many images of half the pixels."""
    _, width, height = kind
    row = FAMILIES[family]
    return row.batch_size * row.width * row.height // (width * height)


def _free_on_gpu(device: Device) -> int:
    free, _total = torch.cuda.mem_get_info(device.name)
    # Memory that torch has reserved and does not use counts as free.
    held = torch.cuda.memory_reserved(device.name) - torch.cuda.memory_allocated(device.name)
    return int(free + held)
