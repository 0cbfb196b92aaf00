"""Enlarge a picture piece by piece, so that memory stays bounded, and sew the pieces together without seams.

Neighbouring tiles share a strip. At its ends, where a tile sees the border that cutting made, it counts nothing; in
between its weight falls as the other's rises (feathering), and both add up to one. A network whose pixels see no
farther than a quarter of the strip gives the same picture as undivided, up to one step of 255 where rounding falls the
other way; deeper networks see farther in principle, but what lies there hardly matters to them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

OVERLAP = 32  # pixels of the small picture that neighbouring tiles share
SMALLEST = 32
LARGEST = 1024
ON_CPU = 256  # larger tiles do not fit into a processor's cache, and gain nothing
SHARE_OF_FREE = 0.5  # of the memory that nobody uses, what a tile may count on
_LAYERS_AT_ONCE = 6  # tensors of the result's size that a net keeps at the same time

# Maps a (1, 3, h, w) tensor of 0..1 to (1, 3, h * factor, w * factor) on the CPU, in float32.
Enlarging = Callable[[torch.Tensor], torch.Tensor]
# Is told after every tile how many of how many are done; may raise to stop.
OnTile = Callable[[int, int], None]


@dataclass(frozen=True)
class Cut:
    """One stretch of a side from `start` to `end`, of which `before` and `after` pixels are shared with neighbours."""

    start: int
    end: int
    before: int = 0
    after: int = 0


def side_for(free_bytes: int, *, features: int, factor: int, itemsize: int) -> int:
    """Return the side of the largest square tile that fits into a share of `free_bytes`, a multiple of 8.

    Args:
        free_bytes: what nobody uses on the device.
        features: channels that the net keeps for each pixel of its result.
        factor: how many times it enlarges.
        itemsize: bytes of a number.
    """
    each = features * factor**2 * itemsize * _LAYERS_AT_ONCE
    side = math.isqrt(max(0, int(free_bytes * SHARE_OF_FREE)) // each)
    return min(LARGEST, max(SMALLEST, side // 8 * 8))


def cuts(length: int, tile: int, overlap: int = OVERLAP) -> list[Cut]:
    """Return stretches of equal size, at most `tile` pixels, that cover `length`.

    Neighbours share `overlap` or one more, less than half of a tile, so that no three meet.
    """
    if length <= tile:
        return [Cut(0, length)]
    overlap = min(overlap, tile // 4)
    count = math.ceil((length - overlap) / (tile - overlap))
    side = math.ceil((length + (count - 1) * overlap) / count)
    starts = [(length - side) * number // (count - 1) for number in range(count)]
    shared = [0, *(first + side - second for first, second in pairwise(starts)), 0]
    return [Cut(start, start + side, *shared[number : number + 2]) for number, start in enumerate(starts)]


def weights(cut: Cut, factor: int) -> NDArray[np.float32]:
    """Return how much each enlarged pixel of `cut` counts, 0 to 1; with its neighbours it adds up to one."""
    made = np.ones((cut.end - cut.start) * factor, dtype=np.float32)
    if cut.before:
        made[: cut.before * factor] = _ramp(cut.before * factor)
    if cut.after:
        made[-cut.after * factor :] = _ramp(cut.after * factor)[::-1]
    return made


def _ramp(length: int) -> NDArray[np.float32]:
    """Return 0 for a quarter of `length`, then a rise, then 1 for a quarter; it and its mirror image add up to 1."""
    middle = (np.arange(length, dtype=np.float32) + 0.5) / length
    return np.clip(2 * middle - 0.5, 0, 1).astype(np.float32)


def enlarge_tiled(
    pixels: NDArray[np.uint8],
    enlarging: Enlarging,
    *,
    factor: int,
    tile: int,
    overlap: int = OVERLAP,
    on_tile: OnTile | None = None,
) -> NDArray[np.uint8]:
    """Return (h * factor, w * factor, 3) bytes from (h, w, 3).

    Beside the result only one row of tiles is kept in memory.

    Args:
        pixels: RGB.
        enlarging: the network, for one tile.
        factor: how many times it enlarges.
        tile: longest side of a tile, in pixels of `pixels`.
        overlap: pixels that neighbours share, at most a quarter of `tile`.
        on_tile: told how many of how many tiles are done.
    """
    height, width, _ = pixels.shape
    rows, columns = cuts(height, tile, overlap), cuts(width, tile, overlap)
    painted = np.empty((height * factor, width * factor, 3), dtype=np.uint8)
    above = np.zeros((0, width * factor, 3), dtype=np.float32)
    for number, row in enumerate(rows):
        band = np.zeros(((row.end - row.start) * factor, width * factor, 3), dtype=np.float32)
        for place, column in enumerate(columns):
            seen = pixels[row.start : row.end, column.start : column.end].copy()
            large = enlarging(torch.from_numpy(seen).permute(2, 0, 1)[None].float() / 255)
            shown = large[0].permute(1, 2, 0).numpy().clip(0, 1) * weights(column, factor)[None, :, None]
            band[:, column.start * factor : column.end * factor] += shown
            if on_tile is not None:
                on_tile(number * len(columns) + place + 1, len(rows) * len(columns))
        band *= weights(row, factor)[:, None, None]
        band[: len(above)] += above
        done = len(band) - row.after * factor
        painted[row.start * factor : row.start * factor + done] = _bytes(band[:done])
        above = band[done:]
    return painted


def _bytes(numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (numbers * 255).round().clip(0, 255).astype(np.uint8)
