"""Batch sizes that fit into memory and pay off, from the measured memory use of images by checkpoint and size.

On a CPU a batch pays off because the weights are read once for several images; beyond a few images the gain is used up
and only the waiting grows. On a GPU the free memory decides, by what images of the same checkpoint and size took
before; until that was measured, the family's usual batch size is used. What did not fit is not tried again while the
shortage lasts (`memory_budget`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from generation.families import FAMILIES
from generation.pipelines.loading import memory_budget
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.memory_budget import Shortage

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
    shortage: Shortage | None = None


class ImageMemory:
    """Measured memory use of images on one device, by checkpoint and size, for the lifetime of the process."""

    def __init__(
        self,
        device: Device,
        free_bytes: Callable[[str], int] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start without measurements; `free_bytes` tells what images with a checkpoint may take, by its slug."""
        self.device = device
        self._free_bytes = free_bytes or (lambda _slug: device.free_bytes())
        self._clock = clock
        self._measured: dict[Kind, _Measured] = {}

    def most_images(self, kind: Kind, family: str, *, at_most: int = 0, free_bytes: int | None = None) -> int:
        """Return how many images may be denoised together, 1 or more.

        Args:
            kind: checkpoint, width and height in pixels.
            family: of the checkpoint, a key of the catalog.
            at_most: the site's own limit; on a CPU this number itself is used. 0: none.
            free_bytes: bytes for images on the device, beside the weights; queried by default.
        """
        measured_memory = self._measured.get(kind, _Measured())
        is_measured = self.device.kind == "cuda" and measured_memory.bytes_each > 0
        free = free_bytes
        if free is None:
            free = self._free_bytes(kind[0]) if is_measured or measured_memory.fits else 0
        if is_measured:
            fitting = int(free * SHARE_OF_FREE / measured_memory.bytes_each)
            most = min(fitting, measured_memory.largest * GROWTH, at_most or MOST_ON_GPU)
        elif self.device.kind == "cpu" and at_most:
            most = at_most
        else:
            most = min(_usual_batch_size(kind, family), at_most or MOST_ON_CPU)
        if measured_memory.fits and memory_budget.lasts(measured_memory.shortage, free, self._clock()):
            most = min(most, measured_memory.fits)
        return max(1, most)

    @contextmanager
    def measured(self, kind: Kind, images: int, *, moved_bytes: int = 0) -> Iterator[None]:
        """Record the peak memory of `images` images while the block runs; does nothing without CUDA.

        `moved_bytes`: weights that come onto the device meanwhile, because they are offloaded between calls.
        """
        if self.device.kind != "cuda":
            yield
            return
        torch.cuda.reset_peak_memory_stats(self.device.name)
        before = torch.cuda.memory_allocated(self.device.name)
        yield
        self.learn(kind, images, torch.cuda.max_memory_allocated(self.device.name) - before - moved_bytes)

    def learn(self, kind: Kind, images: int, taken_bytes: int) -> None:
        """Record that `images` images took `taken_bytes` beside the weights."""
        measured_memory = self._measured.setdefault(kind, _Measured())
        if images >= measured_memory.largest:  # the fixed cost of a call weighs least in the largest batch
            measured_memory.largest = images
            measured_memory.bytes_each = max(1, taken_bytes) / images

    def did_not_fit(self, kind: Kind, images: int, *, free_bytes: int | None = None) -> None:
        """Record that `images` images ran out of memory: at most half as many are denoised together.

        Until more memory is free than now or some time has passed, see `memory_budget.lasts`. `free_bytes`: as for
        `most_images`.
        """
        measured_memory = self._measured.setdefault(kind, _Measured())
        free, now = self._free_bytes(kind[0]) if free_bytes is None else free_bytes, self._clock()
        if not memory_budget.lasts(measured_memory.shortage, free, now):
            measured_memory.fits = None
        measured_memory.fits = max(1, min(images // 2, measured_memory.fits or images))
        measured_memory.shortage = memory_budget.note_shortage(free, now, measured_memory.shortage)


def _usual_batch_size(kind: Kind, family: str) -> int:
    """Return the family's usual batch size scaled to this image size: twice as many images of half the pixels."""
    _, width, height = kind
    row = FAMILIES[family]
    return row.batch_size * row.width * row.height // (width * height)
