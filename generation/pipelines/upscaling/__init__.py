"""Enlarge finished pictures: by Pillow's filters, or tile by tile through a network that people brought."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from generation.errors import GenerationError
from generation.parameters import catalog
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.loading.devices import Device
from generation.pipelines.protocol import Assets
from generation.pipelines.upscaling.model_cache import unload, upscalers_on, use_tile
from generation.pipelines.upscaling.tiling import OnTile
from generation.weights.sources import WeightsSource

__all__ = ["OnTile", "enlarge", "enlarge_to", "unload", "upscale_task", "upscalers_on", "use_tile"]

_FILTERS: Mapping[str, Image.Resampling] = {
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}
_MOST_RUNS = 3  # a network is run again where once does not reach the size; each time costs factor**2 as much


def enlarge(
    image: Image.Image,
    *,
    upscaler: str,
    factor: float,
    assets: Assets | None = None,
    device: Device | None = None,
    on_tile: OnTile | None = None,
) -> Image.Image:
    """Return `image` enlarged `factor` times in both directions, sides rounded to whole pixels.

    A network enlarges by its own factor, again where that is too little, and Lanczos brings the result to the size that
    was asked for. Transparency is kept: it is enlarged by Lanczos beside the colours. Factor 1 returns the picture
    unchanged, but for networks whose own factor is 1: those clean it.

    Args:
        image: any size; what is neither RGB nor RGBA is converted.
        upscaler: a key of `catalog.UPSCALERS` or the slug of a network in `assets`.
        factor: 1 to 8.
        assets: weights by ("upscaler", slug).
        device: where networks run; None: the best there is.
        on_tile: told after each tile how many of how many are done in this run of the network; may raise to stop.

    Raises:
        ValueError: the factor is out of range.
        GenerationError: `adapter_missing`, it or its file is not on this site (any more); `adapter_invalid`, its file
            is no upscaler that can be read here; `refused`, it works on latents only; `out_of_memory`.
    """
    if not 1 <= factor <= 8:
        raise ValueError(f"factor must be 1 to 8; got {factor:g}")
    size = (round(image.width * factor), round(image.height * factor))
    return enlarge_to(image, size, upscaler=upscaler, assets=assets, device=device, on_tile=on_tile)


def enlarge_to(
    image: Image.Image,
    size: tuple[int, int],
    *,
    upscaler: str,
    assets: Assets | None = None,
    device: Device | None = None,
    on_tile: OnTile | None = None,
) -> Image.Image:
    """Return `image` at `size` (width and height in pixels); everything else as with `enlarge`."""
    if upscaler in _FILTERS:
        return image if size == image.size else _plain(image).resize(size, _FILTERS[upscaler])
    source = (assets or {}).get(("upscaler", upscaler))
    if isinstance(source, WeightsSource):
        return _by_network(image, size, source, device, on_tile)
    if row := catalog.UPSCALERS.get(upscaler):
        raise GenerationError("refused", f"{row.label} works between two passes only (hires), not on a picture.")
    raise GenerationError("adapter_missing", f"The upscaler {upscaler} is not on this site any more.")


def upscale_task(
    picture: Image.Image,
    parameters: ResolvedParameters,
    assets: Assets | None = None,
    *,
    device: Device | None = None,
    on_tile: OnTile | None = None,
) -> Image.Image:
    """Return what task `upscale` makes of `picture`: `upscale_by` times larger by `upscaler`, drawn by no checkpoint.

    Raises:
        GenerationError: see `enlarge`.
    """
    return enlarge(
        picture,
        upscaler=parameters.upscaler,
        factor=parameters.upscale_by,
        assets=assets,
        device=device,
        on_tile=on_tile,
    )


def _by_network(
    image: Image.Image, size: tuple[int, int], source: WeightsSource, device: Device | None, on_tile: OnTile | None
) -> Image.Image:
    upscalers = upscalers_on(device)
    net = upscalers.get(source)
    if size == image.size and net.factor > 1:
        return image
    plain = _plain(image)
    pixels: Any = np.asarray(plain.convert("RGB"))
    for _ in range(_MOST_RUNS if net.factor > 1 else 1):
        pixels = upscalers.run(net, pixels, on_tile=on_tile)
        if pixels.shape[1] >= size[0] and pixels.shape[0] >= size[1]:
            break
    large = Image.fromarray(pixels)
    if large.size != size:
        large = large.resize(size, Image.Resampling.LANCZOS)
    if plain.mode == "RGBA":
        large.putalpha(plain.getchannel("A").resize(size, Image.Resampling.LANCZOS))
    return large


def _plain(image: Image.Image) -> Image.Image:
    """Return `image` as RGB or RGBA: filters cannot mix the numbers of a palette."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)
