"""Cost of upscaler networks and tiles over Lanczos; numbers to report, not to assert.

The networks have the shapes of published ones and random weights: their output is noise, their cost is real.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from generation.pipelines.loading.devices import Device, choose_device
from generation.pipelines.upscaling import upscale, upscalers_on, use_tile
from generation.pipelines.upscaling.compact import CompactUpscaler
from generation.pipelines.upscaling.rrdb import RRDBNet
from generation.weights.sources import WeightsSource

FACTOR = 4


def _rrdb(blocks: int) -> nn.Module:
    return RRDBNet(features=64, growth=32, blocks=blocks, doublings=2, folded=1)


NETWORKS: Mapping[str, Callable[[], nn.Module]] = {
    "starter-x4": CompactUpscaler,
    "animevideov3": lambda: CompactUpscaler(width=64, depth=16, factor=FACTOR),
    "general-x4v3": lambda: CompactUpscaler(width=64, depth=32, factor=FACTOR),
    "x4plus-anime": lambda: _rrdb(6),
    "x4plus": lambda: _rrdb(23),
}


@dataclass(frozen=True)
class Cost:
    """Median seconds of upscaling one image; `tile` as requested (0: from free memory), `tiles` their number."""

    name: str
    tile: int
    tiles: int
    seconds: float


def measure(
    folder: Path, *, device: str, side: int, names: Sequence[str], tile_sides: Sequence[int], rounds: int
) -> Iterator[Cost]:
    """Yield the cost of Lanczos, then of each network of `names` with each tile side.

    Args:
        folder: for the networks' files.
        device: name of a torch device, empty for the best available.
        side: width and height of the image in pixels; the result is four times that.
        names: keys of NETWORKS.
        tile_sides: in pixels, 0 for what free memory allows.
        rounds: timed after a warm-up round; the median counts.
    """
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))
    yield Cost("lanczos", 0, 1, _seconds(lambda: upscale(image, upscaler="lanczos", factor=FACTOR), rounds))
    chosen = choose_device(device)
    for name in names:
        torch.manual_seed(0)
        path = folder / f"{name}.safetensors"
        save_file(NETWORKS[name]().state_dict(), path)
        run = _Run(image, chosen, WeightsSource("upscaler", name, path))
        for tile in tile_sides:
            use_tile(tile)
            seconds = _seconds(run, rounds)
            yield Cost(name, tile, run.tiles, seconds)
        upscalers_on(chosen).unload()
    use_tile(0)


class _Run:
    """Callable that upscales `image` by the network of `source` and counts the tiles."""

    def __init__(self, image: Image.Image, device: Device, source: WeightsSource) -> None:
        self._image, self._device, self._source = image, device, source
        self.tiles = 0

    def __call__(self) -> None:
        slug, assets = self._source.slug, {("upscaler", self._source.slug): self._source}
        upscale(self._image, upscaler=slug, factor=FACTOR, assets=assets, device=self._device, on_tile=self._count)

    def _count(self, done: int, total: int) -> None:
        self.tiles = total


def _seconds(run: Callable[[], object], rounds: int) -> float:
    """Return the median time of `run`, whose results are on the CPU when it returns."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken[1:])
