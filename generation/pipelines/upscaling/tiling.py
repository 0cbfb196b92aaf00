"""Tiled upscaling: an image is upscaled in overlapping tiles, so that memory stays bounded, and blended without seams.

Neighbouring tiles overlap. At the ends of the overlap, near the border of a tile, its weight is zero; in between it
falls as the neighbour's rises (feathering), and both add up to one. A network whose receptive field reaches no farther
than a quarter of the overlap gives the same image as untiled, up to one step of 255 by rounding; deeper networks reach
farther in principle, but distant pixels hardly affect them.

Tiles are cut, blended and rounded to bytes on the device of the network, so that the host waits once, at the end: each
row of tiles is copied asynchronously into pinned memory while the next one is computed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from generation.pipelines.loading.devices import Device

_HOST = Device("cpu", torch.float32)
OVERLAP = 32  # pixels of the input image that neighbouring tiles share
SMALLEST = 32
LARGEST = 1024
ON_CPU = 256  # larger tiles exceed a processor's cache and gain nothing
SHARE_OF_FREE = 0.375  # share of the free memory that a tile may use
_LAYERS_AT_ONCE = 6  # tensors of the result's size that a network keeps at the same time

# Maps a (1, 3, h, w) tensor of 0..1 to (1, 3, h * factor, w * factor) on the same device, both in float32.
UpscaleTile = Callable[[torch.Tensor], torch.Tensor]
# Called after every tile with the number of tiles done and the total; may raise to stop.
OnTile = Callable[[int, int], None]


@dataclass(frozen=True)
class Cut:
    """A range of one side from `start` to `end`, of which `before` and `after` pixels overlap with neighbours."""

    start: int
    end: int
    before: int = 0
    after: int = 0


def side_for(free_bytes: int, *, features: int, factor: int, itemsize: int) -> int:
    """Return the side of the largest square tile that fits into a share of `free_bytes`, a multiple of 8.

    Args:
        free_bytes: free memory of the device.
        features: channels that the network keeps for each pixel of its result.
        factor: of the network.
        itemsize: bytes of a number.
    """
    each = features * factor**2 * itemsize * _LAYERS_AT_ONCE
    side = math.isqrt(max(0, int(free_bytes * SHARE_OF_FREE)) // each)
    return min(LARGEST, max(SMALLEST, side // 8 * 8))


def cuts(length: int, tile: int, overlap: int = OVERLAP) -> list[Cut]:
    """Return ranges of equal size, at most `tile` pixels, that cover `length`.

    Neighbours overlap by `overlap` pixels or one more, less than half of a tile, so that no three overlap.
    """
    if length <= tile:
        return [Cut(0, length)]
    overlap = min(overlap, tile // 4)
    count = math.ceil((length - overlap) / (tile - overlap))
    side = math.ceil((length + (count - 1) * overlap) / count)
    starts = [(length - side) * number // (count - 1) for number in range(count)]
    shared = [0, *(first + side - second for first, second in pairwise(starts)), 0]
    return [Cut(start, start + side, *shared[number : number + 2]) for number, start in enumerate(starts)]


def blend_weights(cut: Cut, factor: int) -> NDArray[np.float32]:
    """Return the blending weight of each upscaled pixel of `cut`, 0 to 1; with its neighbours it adds up to one."""
    made = np.ones((cut.end - cut.start) * factor, dtype=np.float32)
    if cut.before:
        made[: cut.before * factor] = _ramp(cut.before * factor)
    if cut.after:
        made[-cut.after * factor :] = _ramp(cut.after * factor)[::-1]
    return made


def _ramp(length: int) -> NDArray[np.float32]:
    """Return 0 for a quarter of `length`, a linear rise, then 1 for a quarter; it and its mirror image add up to 1."""
    middle = (np.arange(length, dtype=np.float32) + 0.5) / length
    return np.clip(2 * middle - 0.5, 0, 1).astype(np.float32)


@torch.inference_mode()
def upscale_tiled(
    pixels: NDArray[np.uint8],
    upscale_tile: UpscaleTile,
    *,
    factor: int,
    tile: int,
    overlap: int = OVERLAP,
    on_tile: OnTile | None = None,
    device: Device = _HOST,
) -> NDArray[np.uint8]:
    """Return (h * factor, w * factor, 3) bytes from (h, w, 3).

    Beside the image only one row of tiles is kept on the device, and the result in host memory.

    Args:
        pixels: RGB.
        upscale_tile: the network, for one tile.
        factor: of the network.
        tile: longest side of a tile, in pixels of `pixels`.
        overlap: pixels that neighbours share, at most a quarter of `tile`.
        on_tile: called after every tile with the number of tiles done and the total. A device may still be computing.
        device: of the network.
    """
    height, width, _ = pixels.shape
    rows, columns = cuts(height, tile, overlap), cuts(width, tile, overlap)
    across = [_on(device, torch.from_numpy(blend_weights(column, factor))) for column in columns]
    down = [_on(device, torch.from_numpy(blend_weights(row, factor)))[:, None] for row in rows]
    image = _on(device, torch.tensor(pixels)).permute(2, 0, 1)[None]
    # Accelerators multiply by the reciprocal of a number, but divide by a tensor: the same bits as on a CPU.
    white = _on(device, torch.tensor(255.0))
    result = torch.empty((height * factor, width * factor, 3), dtype=torch.uint8, pin_memory=device.kind == "cuda")
    above = torch.zeros((3, 0, width * factor), device=device.name)
    for number, row in enumerate(rows):
        band = torch.zeros((3, (row.end - row.start) * factor, width * factor), device=device.name)
        for place, column in enumerate(columns):
            seen = image[:, :, row.start : row.end, column.start : column.end].float() / white
            band[:, :, column.start * factor : column.end * factor] += upscale_tile(seen)[0].clamp(0, 1) * across[place]
            if on_tile is not None:
                on_tile(number * len(columns) + place + 1, len(rows) * len(columns))
        band *= down[number]
        band[:, : above.shape[1]] += above
        done = band.shape[1] - row.after * factor
        start = row.start * factor
        result[start : start + done].copy_(_to_bytes(band[:, :done]), non_blocking=True)
        above = band[:, done:]
    device.synchronize()
    return np.asarray(result.numpy())


def _on(device: Device, tensor: torch.Tensor) -> torch.Tensor:
    """Return `tensor`, which is in host memory, on `device` without waiting for it."""
    pinned = tensor.pin_memory() if device.kind == "cuda" else tensor
    return pinned.to(device.name, non_blocking=True)


def _to_bytes(band: torch.Tensor) -> torch.Tensor:
    """Return (height, width, 3) bytes from (3, height, width) numbers of 0 to 1."""
    return (band * 255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()
