"""Masks: what of a picture is drawn anew (white, 255) and what stays (black, 0)."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageFilter

Size = tuple[int, int]
Box = tuple[int, int, int, int]


def read_mask(mask: Image.Image, size: Size, *, invert: bool = False, of_alpha: bool = False) -> Image.Image:
    """Return the mask (mode L, `size`) that a picture stands for.

    Args:
        mask: white is drawn anew; what is transparent counts as black.
        size: width and height of the picture that it belongs to; another size is stretched to that.
        invert: black is drawn anew instead.
        of_alpha: instead of what is white, what is transparent is drawn anew; a picture without alpha then has nothing
            of the kind.
    """
    if of_alpha:
        grey = ImageChops.invert(mask.getchannel("A")) if mask.mode == "RGBA" else Image.new("L", mask.size, 0)
    elif mask.mode == "RGBA":
        ground = Image.new("RGB", mask.size, "black")
        ground.paste(mask, mask=mask.getchannel("A"))
        grey = ground.convert("L")
    else:
        grey = mask.convert("L")
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    return ImageChops.invert(grey) if invert else grey


def hard(mask: Image.Image) -> Image.Image:
    """Return `mask` with 255 where it is 128 or more, and 0 elsewhere: where the network draws."""
    return mask.point([0] * 128 + [255] * 128)


def soft(mask: Image.Image, blur: float) -> Image.Image:
    """Return `mask` with its edges softened by a Gaussian of `blur` pixels (standard deviation)."""
    return mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask


def soft_inside(mask: Image.Image, blur: float) -> Image.Image:
    """Return `mask` with its edges softened inwards over about 2 * `blur` pixels: what was black stays black.

    Edges that lie on the picture's own edge stay hard.
    """
    if not blur:
        return mask
    pixels = np.asarray(mask)
    reach = int(np.ceil(blur))
    # Beyond the picture's edge everything counts as mask, so that nothing is softened towards it.
    padded = Image.fromarray(np.pad(pixels, 4 * reach, mode="edge"))
    eroded = padded.filter(ImageFilter.MinFilter(2 * reach + 1)).filter(ImageFilter.GaussianBlur(blur / 2))
    inner = eroded.crop((4 * reach, 4 * reach, 4 * reach + mask.width, 4 * reach + mask.height))
    return ImageChops.darker(inner, mask)


def union(masks: Sequence[Image.Image]) -> Image.Image:
    """Return what any of `masks` (one or more, of one size) draws anew."""
    first, *others = masks
    for other in others:
        first = ImageChops.lighter(first, other)
    return first


def region(mask: Image.Image, size: Size, padding: int) -> Box:
    """Return the part of the picture around what `mask` draws anew, as (left, top, right, bottom) in its pixels.

    What is masked, `padding` pixels around it, grown to the shape of `size` as far as the picture reaches. All of the
    picture where nothing is masked.
    """
    found = mask.getbbox()
    if found is None:
        return (0, 0, *mask.size)
    left, top, right, bottom = found
    sides = (
        (max(left - padding, 0), min(right + padding, mask.width)),
        (
            max(top - padding, 0),
            min(bottom + padding, mask.height),
        ),
    )
    wide, high = sides[0][1] - sides[0][0], sides[1][1] - sides[1][0]
    shape = size[0] / size[1]
    left, right = _grown(*sides[0], max(wide, round(high * shape)), mask.width)
    top, bottom = _grown(*sides[1], max(high, round(wide / shape)), mask.height)
    return left, top, right, bottom


def _grown(start: int, end: int, length: int, most: int) -> tuple[int, int]:
    """Return a stretch of `length` around start..end that lies within 0..most, or all of that where it is shorter."""
    length = min(length, most)
    begin = min(max(start - (length - (end - start)) // 2, 0), most - length)
    return begin, begin + length
