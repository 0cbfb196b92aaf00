"""How many images are denoised together: as many as pay, and never more than fit.

On a CPU a batch pays because the weights are read once for several images; beyond a few that is used up, and people
only wait longer. On a GPU the free memory decides, by what images of the same checkpoint and size took before; until
that was measured the family's usual number has to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from generation.parameters.catalog import FAMILIES
from generation.pipelines.loading.devices import Device

MOST_ON_CPU = 8
MOST_ON_GPU = 16
SHARE_OF_FREE = 0.8  # of the memory that nobody uses, what a batch may count on
GROWTH = 2  # a batch is at most so many times as large as one that was measured: memory need not grow in a line

Kind = tuple[str, int, int]  # checkpoint, width and height


@dataclass
class _Known:
    bytes_each: float = 0.0
    largest: int = 0
    fits: int | None = None  # set when more than this ran out of memory


class ImageMemory:
    """What images took on one device, by checkpoint and size, for as long as this process lives."""

    def __init__(self, device: Device) -> None:
        """Know nothing yet."""
        self.device = device
        self._known: dict[Kind, _Known] = {}

    def most_images(self, kind: Kind, family: str, *, at_most: int = 0, free_bytes: int | None = None) -> int:
        """Return how many images may be denoised together, 1 or more.

        Args:
            kind: checkpoint, width and height in pixels.
            family: of the checkpoint, a key of the catalog.
            at_most: the site's own limit; on a CPU it is the number itself. 0: none.
            free_bytes: what is free on a GPU; by default it is asked.
        """
        known = self._known.get(kind, _Known())
        if self.device.kind == "cuda" and known.bytes_each > 0:
            free = _free_on_gpu(self.device) if free_bytes is None else free_bytes
            fitting = int(free * SHARE_OF_FREE / known.bytes_each)
            most = min(fitting, known.largest * GROWTH, at_most or MOST_ON_GPU)
        elif self.device.kind == "cpu" and at_most:
            most = at_most
        else:
            most = min(_worth(kind, family), at_most or MOST_ON_CPU)
        return max(1, most if known.fits is None else min(most, known.fits))

    @contextmanager
    def measured(self, kind: Kind, images: int) -> Iterator[None]:
        """Note what `images` images take at most while the block runs; does nothing where there is no such count."""
        if self.device.kind != "cuda":
            yield
            return
        torch.cuda.reset_peak_memory_stats(self.device.name)
        before = torch.cuda.memory_allocated(self.device.name)
        yield
        self.learn(kind, images, torch.cuda.max_memory_allocated(self.device.name) - before)

    def learn(self, kind: Kind, images: int, taken_bytes: int) -> None:
        """Note that `images` images took `taken_bytes` beside the weights."""
        known = self._known.setdefault(kind, _Known())
        if images >= known.largest:  # what is paid once for each call weighs least in the largest
            known.largest = images
            known.bytes_each = taken_bytes / images

    def did_not_fit(self, kind: Kind, images: int) -> None:
        """Note that `images` images ran out of memory: half as many are the most from now on."""
        known = self._known.setdefault(kind, _Known())
        known.fits = max(1, min(images // 2, known.fits or images))


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether `error` says that memory ran out; torch says it in several ways."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return "can't allocate memory" in text or "out of memory" in text or "not enough memory" in text


def _worth(kind: Kind, family: str) -> int:
    """Return how many images of a size the family's usual number comes to: twice as many of half the size."""
    _, width, height = kind
    row = FAMILIES[family]
    return row.batch_size * row.width * row.height // (width * height)


def _free_on_gpu(device: Device) -> int:
    free, _total = torch.cuda.mem_get_info(device.name)
    # What torch holds and does not use is as good as free.
    held = torch.cuda.memory_reserved(device.name) - torch.cuda.memory_allocated(device.name)
    return int(free + held)
