"""Upscaling of finished images by Pillow's filters, or tile by tile by an upscaler network."""

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

__all__ = ["OnTile", "unload", "upscale", "upscale_task", "upscale_to", "upscalers_on", "use_tile"]

_FILTERS: Mapping[str, Image.Resampling] = {
    "lanczos": Image.Resampling.LANCZOS,
    "nearest": Image.Resampling.NEAREST,
}
_MOST_RUNS = 3  # a network is run again if one run does not reach the size; each run costs factor**2 as much


def upscale(
    image: Image.Image,
    *,
    upscaler: str,
    factor: float,
    assets: Assets | None = None,
    device: Device | None = None,
    on_tile: OnTile | None = None,
) -> Image.Image:
    """Return `image` upscaled `factor` times in both directions, sides rounded to whole pixels.

    A network upscales by its own factor, again if that is too little, and Lanczos resizes the result to the requested
    size. Transparency is kept: the alpha channel is resized by Lanczos. Factor 1 returns the image unchanged, except
    for networks whose own factor is 1: those clean it.

    Args:
        image: any size; modes other than RGB and RGBA are converted.
        upscaler: a key of `catalog.UPSCALERS` or the slug of a network in `assets`.
        factor: 1 to 8.
        assets: weights by ("upscaler", slug).
        device: where networks run; None: the best available.
        on_tile: called after each tile with the number of tiles done and the total of this run of the network; may
            raise to stop.

    Raises:
        ValueError: the factor is out of range.
        GenerationError: `adapter_missing`, the upscaler or its file is not on this site (any more); `adapter_invalid`,
            its file is not an upscaler that can be read here; `refused`, it works on latents only; `out_of_memory`.
    """
    if not 1 <= factor <= 8:
        raise ValueError(f"factor must be 1 to 8; got {factor:g}")
    size = (round(image.width * factor), round(image.height * factor))
    return upscale_to(image, size, upscaler=upscaler, assets=assets, device=device, on_tile=on_tile)


def upscale_to(
    image: Image.Image,
    size: tuple[int, int],
    *,
    upscaler: str,
    assets: Assets | None = None,
    device: Device | None = None,
    on_tile: OnTile | None = None,
) -> Image.Image:
    """Return `image` at `size` (width and height in pixels); everything else as with `upscale`."""
    if upscaler in _FILTERS:
        return image if size == image.size else _to_rgb_or_rgba(image).resize(size, _FILTERS[upscaler])
    source = (assets or {}).get(("upscaler", upscaler))
    if isinstance(source, WeightsSource):
        return _by_network(image, size, source, device, on_tile)
    if row := catalog.UPSCALERS.get(upscaler):
        raise GenerationError("refused", f"{row.label} works only between two passes (hires fix), not on an image.")
    raise GenerationError("adapter_missing", f"The upscaler {upscaler} is not on this site any more.")


def upscale_task(
    image: Image.Image,
    parameters: ResolvedParameters,
    assets: Assets | None = None,
    *,
    device: Device | None = None,
    on_tile: OnTile | None = None,
) -> Image.Image:
    """Return the result of task `upscale` for `image`: upscaled `upscale_by` times by `upscaler`, without a checkpoint.

    Raises:
        GenerationError: see `upscale`.
    """
    return upscale(
        image,
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
    plain = _to_rgb_or_rgba(image)
    pixels: Any = np.asarray(plain.convert("RGB"))
    for _ in range(_MOST_RUNS if net.factor > 1 else 1):
        pixels = upscalers.run(net, pixels, on_tile=on_tile)
        if pixels.shape[1] >= size[0] and pixels.shape[0] >= size[1]:
            break
    upscaled = Image.fromarray(pixels)
    if upscaled.size != size:
        upscaled = upscaled.resize(size, Image.Resampling.LANCZOS)
    if plain.mode == "RGBA":
        upscaled.putalpha(plain.getchannel("A").resize(size, Image.Resampling.LANCZOS))
    return upscaled


def _to_rgb_or_rgba(image: Image.Image) -> Image.Image:
    """Return `image` as RGB or RGBA: filters cannot interpolate palette indices."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)
