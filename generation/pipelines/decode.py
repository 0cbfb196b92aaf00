"""Decoding of latents to images, apart from denoising: a failure here is mended without denoising again.

Pipelines end with latents (`output_type="latent"`); what they would do next is done here: scale the latents, decode
them by the autoencoder, bring the numbers to 0 to 1. On an accelerator images are decoded one at a time (slicing), by
the same kernels whatever the batch. One that is too large for the free memory is decoded in overlapping tiles, and if
memory runs out all the same, in smaller ones. An autoencoder that overflows in half precision decodes again in single
precision, and does so from then on.
"""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.families.record import Latents
from generation.pipelines.latents.packing import unpack_latents
from generation.pipelines.latents.scale import add_frames, unscale, without_frames
from generation.pipelines.loading.device_errors import is_shortage
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.memory_budget import decodes_in_tiles, decoding_bytes
from generation.pipelines.protocol import Assets

logger = logging.getLogger(__name__)

TILES = (512, 256)  # sides in pixels of the finished image; the smaller ones where memory runs out
IN_FULL = "decodes_in_full"  # key of `Loaded.notes`: this autoencoder overflows in half precision
_HALF = (torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Decoding:
    """How images are decoded: dtype, one at a time or all at once, and the side of tiles in pixels (0: in one piece).

    `upcast` says why the dtype is not that of the weights: "" (it is), "config" (the autoencoder asks for it) or
    "overflow" (half precision gave numbers out of range).
    """

    dtype: str
    sliced: bool
    tile: int
    upcast: str = ""

    def as_receipt(self) -> dict[str, Any]:
        """Return this as the receipt has it."""
        return asdict(self)

    def smaller(self, *, images: int, pixels: int) -> "Decoding | None":
        """Return the way that takes less memory, for `images` images with a longest side of `pixels`; None: no such."""
        if images > 1 and not self.sliced:
            return replace(self, sliced=True)
        tile = next((side for side in TILES if side < min(self.tile or pixels, pixels)), None)
        return replace(self, sliced=True, tile=tile) if tile else None


def plan(loaded: Loaded, pipe: Any, size: tuple[int, int], *, images: int) -> Decoding:
    """Return how to decode `images` images of `size` (width and height in pixels) with what is free now.

    On a CPU images are decoded all at once while there is room: it rounds batches of another size in another way.
    """
    dtype, upcast = _choose_dtype(loaded, pipe.vae)
    pixels, free = size[0] * size[1], loaded.device.free_bytes()
    precision = "full" if dtype == torch.float32 else "half" if dtype == torch.float16 else "bf16"
    single, together = (decoding_bytes(loaded.family, precision, pixels, images=count) for count in (1, images))
    wanted = loaded.source.tiled_vae
    tiled = wanted == "on" or (wanted == "auto" and decodes_in_tiles(single, free))
    sliced = images > 1 and (loaded.device.kind != "cpu" or tiled or decodes_in_tiles(together, free))
    return Decoding(_name(dtype), sliced, TILES[0] if tiled else 0, upcast)


@torch.no_grad()
def decode(
    loaded: Loaded, pipe: Any, latents: Tensor, size: tuple[int, int], way: Decoding
) -> tuple[np.ndarray, Decoding]:
    """Return the images of `latents`, (images, height, width, 3) numbers of 0 to 1, and how they were decoded.

    Args:
        loaded: the checkpoint.
        pipe: the pipeline that ended with `latents`; its autoencoder decodes, and is as before afterwards.
        latents: in the shape in which the pipeline returned them.
        size: width and height of the images in pixels.
        way: how to begin, see `plan`.

    Raises:
        torch.OutOfMemoryError, MemoryError, RuntimeError: not even the smallest tiles fit.
    """
    scale = pipe.vae_scale_factor
    latents = unpack_latents(loaded.family, latents, size[0] // scale, size[1] // scale)
    while True:
        try:
            images = _decode(pipe.vae, latents, way, FAMILIES[loaded.family].latents)
        except Exception as error:
            smaller = way.smaller(images=len(latents), pixels=max(size)) if is_shortage(error) else None
            if smaller is None:
                raise
            error.__traceback__ = None  # its frames hold the tensors that did not fit
            way = smaller
            logger.warning("out of memory while decoding with %s: going on as %s", loaded.source.slug, way)
        else:
            if not _overflowed(latents, images, way):
                break
            logger.warning("the autoencoder of %s overflows: decoding in float32", loaded.source.slug)
            way = replace(way, dtype=_name(torch.float32), upcast="overflow")
        gc.collect()
        loaded.device.empty_cache()
    if way.upcast == "overflow" and bool(torch.isfinite(images).all()):
        loaded.notes[IN_FULL] = True
    if getattr(pipe, "watermark", None) is not None:
        images = pipe.watermark.apply_watermark(images)
    pixels: np.ndarray = pipe.image_processor.postprocess(images, output_type="np")
    return pixels, way


@contextmanager
def use_tiles(vae: Any, side: int) -> Iterator[None]:
    """Let `vae` encode and decode in tiles of `side` pixels while the context lasts; 0: in one piece.

    Its own tiles are as large as the images it was trained on, for some families a whole megapixel.
    """
    names = ("use_tiling", "use_slicing", "tile_sample_min_size", "tile_latent_min_size")
    own = {name: getattr(vae, name) for name in names if hasattr(vae, name)}
    if "use_tiling" in own:
        vae.use_tiling = bool(side)
        vae.use_slicing = False
        if side and "tile_latent_min_size" in own:
            factor = max(1, own["tile_sample_min_size"] // own["tile_latent_min_size"])
            vae.tile_sample_min_size, vae.tile_latent_min_size = side, side // factor
    try:
        yield
    finally:
        for name, value in own.items():
            setattr(vae, name, value)


def _choose_dtype(loaded: Loaded, vae: Any) -> tuple[torch.dtype, str]:
    """Return the dtype to decode in, and why it is not that of the weights."""
    own: torch.dtype = vae.dtype
    if own in _HALF and loaded.notes.get(IN_FULL):
        return torch.float32, "overflow"
    # Other families' autoencoders have this entry too, as the default of their class, and decode well in half.
    if own == torch.float16 and FAMILIES[loaded.family].latents.overflows and vae.config.get("force_upcast"):
        return torch.float32, "config"
    return own, ""


def _decode(vae: Any, latents: Tensor, way: Decoding, form: Latents) -> Tensor:
    """Return (images, 3, height, width) numbers of about -1 to 1."""
    dtype: torch.dtype = getattr(torch, way.dtype)
    with _in_dtype(vae, dtype), use_tiles(vae, way.tile):
        scaled = add_frames(unscale(vae, latents.to(dtype), form), form)
        parts = [vae.decode(one, return_dict=False)[0] for one in (scaled.split(1) if way.sliced else [scaled])]
    return without_frames(parts[0] if len(parts) == 1 else torch.cat(parts), form)


@contextmanager
def _in_dtype(vae: Any, dtype: torch.dtype) -> Iterator[None]:
    """Let `vae` compute in `dtype` while the context lasts; its own numbers come back exactly."""
    own = vae.dtype
    if own == dtype:
        yield
        return
    try:
        vae.to(dtype=dtype)
        yield
    finally:
        vae.to(dtype=own)


def _overflowed(latents: Tensor, images: Tensor, way: Decoding) -> bool:
    """Return whether half precision made numbers out of range of latents that are in range."""
    if getattr(torch, way.dtype) not in _HALF:
        return False
    sound, fine = (torch.isfinite(one).flatten(1).all(dim=1) for one in (latents, images))
    return bool((sound & fine.logical_not()).any())


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def out_of_range(slug: str, assets: Assets) -> GenerationError:
    """Return the error of an image of NaN; with adapters it is not the checkpoint's fault alone."""
    applied = sorted({name for kind, name in assets if kind != "upscaler"})
    if applied:
        return GenerationError(
            "adapter_invalid",
            f"{slug} with {', '.join(applied)} gave numbers out of range instead of an image; lower the weights, or "
            "leave one of them out.",
        )
    return GenerationError(
        "checkpoint_invalid",
        f"{slug} gave numbers out of range instead of an image; in half precision its autoencoder may need a corrected "
        "version, and very high guidance can cause it too.",
    )
