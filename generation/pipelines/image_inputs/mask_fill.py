"""What lies under a mask before the network draws there."""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

from generation.parameters.nested import Outpaint

_RADII = (256, 64, 16, 4, 2)  # pixels; the near surroundings lie over the far ones
_ENOUGH = 0.25  # share of known pixels within a radius from which on its colour counts fully
_GRAIN = 24.0  # standard deviation, of 255, of the noise that keeps stretched edges from staying stripes


def fill(picture: Image.Image, mask: Image.Image, how: str, *, seed: int) -> Image.Image:
    """Return `picture` (RGB) with what `mask` (0 or 255) covers filled; everything else is unchanged.

    Args:
        picture: what is drawn from.
        mask: of its size; 255 is filled.
        how: "original" (nothing is changed), "fill" (the colours around, ever more blurred inwards), "noise" (random
            pixels), "nothing" (mid grey, which is about what an empty latent decodes to).
        seed: of the noise.
    """
    if how == "original" or mask.getbbox() is None:
        return picture
    return Image.composite(_FILLS[how](picture, mask, seed), picture, mask)


def _surroundings(picture: Image.Image, mask: Image.Image, seed: int) -> Image.Image:
    """Return the colours of what is known, blurred over what is not.

    Normalised convolution (Knutsson and Westin 1993): blurred colours by blurred certainty, from coarse to fine.
    """
    known = mask.point(lambda value: 255 - value)
    if known.getbbox() is None:
        return picture
    ground = Image.new("RGB", picture.size, "black")
    ground.paste(picture, mask=known)
    certain = np.asarray(known, dtype=np.float32)[..., None] / 255
    mean = (np.asarray(ground).sum((0, 1)) / certain.sum()).astype(np.float32)
    filled = np.broadcast_to(mean, (*certain.shape[:2], 3))
    for radius in _RADII:
        blur = ImageFilter.GaussianBlur(radius)
        weight = np.asarray(known.filter(blur), dtype=np.float32)[..., None] / 255
        colours = np.asarray(ground.filter(blur), dtype=np.float32) / np.maximum(weight, 1 / 255)
        share = np.minimum(weight / _ENOUGH, 1.0)
        filled = filled * (1 - share) + colours.clip(0, 255) * share
    return Image.fromarray(filled.round().astype(np.uint8))


def _noise(picture: Image.Image, mask: Image.Image, seed: int) -> Image.Image:
    dice = np.random.default_rng(seed)
    return Image.fromarray(dice.integers(0, 256, (picture.height, picture.width, 3), dtype=np.uint8))


def _nothing(picture: Image.Image, mask: Image.Image, seed: int) -> Image.Image:
    return Image.new("RGB", picture.size, (127, 127, 127))


_FILLS: Mapping[str, Callable[[Image.Image, Image.Image, int], Image.Image]] = {
    "fill": _surroundings,
    "noise": _noise,
    "nothing": _nothing,
}


def extend(picture: Image.Image, by: Outpaint) -> Image.Image:
    """Return `picture` on a canvas that reaches further by so many pixels on each side, its edges stretched over it."""
    pixels = np.asarray(picture)
    sides = [(by.top, by.bottom), (by.left, by.right)] + [(0, 0)] * (pixels.ndim - 2)
    return Image.fromarray(np.pad(pixels, sides, mode="edge"))


def extended_mask(mask: Image.Image, by: Outpaint, *, new: int) -> Image.Image:
    """Return `mask` on the same canvas, with the value `new` on what was added."""
    canvas = Image.new("L", (mask.width + by.left + by.right, mask.height + by.top + by.bottom), new)
    canvas.paste(mask, (by.left, by.top))
    return canvas


def grained(picture: Image.Image, mask: Image.Image, *, seed: int) -> Image.Image:
    """Return `picture` with noise on what `mask` covers, for networks to find something in."""
    pixels = np.asarray(picture, dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0, _GRAIN, pixels.shape).astype(np.float32)
    grainy = Image.fromarray((pixels + noise).clip(0, 255).round().astype(np.uint8))
    return Image.composite(grainy, picture, mask)
