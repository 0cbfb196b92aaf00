"""Masked content: filling of the masked area, and extension of the image, before the network runs."""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

from generation.parameters.nested import Outpaint

_RADII = (256, 64, 16, 4, 2)  # pixels, from coarse to fine
_ENOUGH = 0.25  # share of known pixels within a radius above which its colour counts fully
_GRAIN = 24.0  # standard deviation, of 255, of the noise that breaks up the stripes of stretched edges


def fill(image: Image.Image, mask: Image.Image, how: str, *, seed: int) -> Image.Image:
    """Return `image` (RGB) with the area of `mask` (0 or 255) filled; everything else is unchanged.

    Args:
        image: the init image.
        mask: of the same size; 255 is filled.
        how: "original" (nothing is changed), "fill" (the surrounding colours, increasingly blurred inwards), "noise"
            (random pixels), "nothing" (mid grey, about what an empty latent decodes to).
        seed: of the noise.
    """
    if how == "original" or mask.getbbox() is None:
        return image
    return Image.composite(_FILLS[how](image, mask, seed), image, mask)


def _surroundings(image: Image.Image, mask: Image.Image, seed: int) -> Image.Image:
    """Return the unmasked colours blurred over the masked area.

    Normalised convolution (Knutsson and Westin 1993): blurred colours by blurred certainty, from coarse to fine.
    """
    known = mask.point(lambda value: 255 - value)
    if known.getbbox() is None:
        return image
    background = Image.new("RGB", image.size, "black")
    background.paste(image, mask=known)
    certain = np.asarray(known, dtype=np.float32)[..., None] / 255
    mean = (np.asarray(background).sum((0, 1)) / certain.sum()).astype(np.float32)
    filled = np.broadcast_to(mean, (*certain.shape[:2], 3))
    for radius in _RADII:
        blur = ImageFilter.GaussianBlur(radius)
        weight = np.asarray(known.filter(blur), dtype=np.float32)[..., None] / 255
        colours = np.asarray(background.filter(blur), dtype=np.float32) / np.maximum(weight, 1 / 255)
        share = np.minimum(weight / _ENOUGH, 1.0)
        filled = filled * (1 - share) + colours.clip(0, 255) * share
    return Image.fromarray(filled.round().astype(np.uint8))


def _noise(image: Image.Image, mask: Image.Image, seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (image.height, image.width, 3), dtype=np.uint8))


def _nothing(image: Image.Image, mask: Image.Image, seed: int) -> Image.Image:
    return Image.new("RGB", image.size, (127, 127, 127))


_FILLS: Mapping[str, Callable[[Image.Image, Image.Image, int], Image.Image]] = {
    "fill": _surroundings,
    "noise": _noise,
    "nothing": _nothing,
}


def extend(image: Image.Image, by: Outpaint) -> Image.Image:
    """Return `image` extended by the given pixels on each side, with its edge pixels repeated."""
    pixels = np.asarray(image)
    sides = [(by.top, by.bottom), (by.left, by.right)] + [(0, 0)] * (pixels.ndim - 2)
    return Image.fromarray(np.pad(pixels, sides, mode="edge"))


def extend_mask(mask: Image.Image, by: Outpaint, *, new: int) -> Image.Image:
    """Return `mask` extended in the same way, with the value `new` in the added area."""
    canvas = Image.new("L", (mask.width + by.left + by.right, mask.height + by.top + by.bottom), new)
    canvas.paste(mask, (by.left, by.top))
    return canvas


def add_grain(image: Image.Image, mask: Image.Image, *, seed: int) -> Image.Image:
    """Return `image` with noise in the area of `mask`, so that the network has something to start from."""
    pixels = np.asarray(image, dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0, _GRAIN, pixels.shape).astype(np.float32)
    grainy = Image.fromarray((pixels + noise).clip(0, 255).round().astype(np.uint8))
    return Image.composite(grainy, image, mask)
