"""Masks of inpainting: which part of an image is generated (white, 255) and which stays (black, 0)."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops, ImageFilter

Size = tuple[int, int]
Box = tuple[int, int, int, int]


def read_mask(mask: Image.Image, size: Size, *, invert: bool = False, of_alpha: bool = False) -> Image.Image:
    """Return a mask image as a mask of mode L and `size`.

    Args:
        mask: white is generated; transparent pixels count as black.
        size: width and height of the init image; a mask of another size is stretched to it.
        invert: black is generated instead.
        of_alpha: transparent pixels are generated instead of white ones; without an alpha channel nothing is.
    """
    if of_alpha:
        grey = ImageChops.invert(mask.getchannel("A")) if mask.mode == "RGBA" else Image.new("L", mask.size, 0)
    elif mask.mode == "RGBA":
        background = Image.new("RGB", mask.size, "black")
        background.paste(mask, mask=mask.getchannel("A"))
        grey = background.convert("L")
    else:
        grey = mask.convert("L")
    if grey.size != size:
        grey = grey.resize(size, Image.Resampling.BILINEAR)
    return ImageChops.invert(grey) if invert else grey


def binarize(mask: Image.Image) -> Image.Image:
    """Return `mask` with 255 where it is 128 or more, and 0 elsewhere: the area that the network generates."""
    return mask.point([0] * 128 + [255] * 128)


def blur_mask(mask: Image.Image, blur: float) -> Image.Image:
    """Return `mask` blurred by a Gaussian of `blur` pixels (standard deviation)."""
    return mask.filter(ImageFilter.GaussianBlur(blur)) if blur else mask


def blur_inwards(mask: Image.Image, blur: float) -> Image.Image:
    """Return `mask` with its edges blurred inwards over about 2 * `blur` pixels: black pixels stay black.

    Mask edges on the image's own edge stay hard.
    """
    if not blur:
        return mask
    pixels = np.asarray(mask)
    reach = int(np.ceil(blur))
    # The mask is continued beyond the image's edge, so that nothing is blurred towards it.
    padded = Image.fromarray(np.pad(pixels, 4 * reach, mode="edge"))
    eroded = padded.filter(ImageFilter.MinFilter(2 * reach + 1)).filter(ImageFilter.GaussianBlur(blur / 2))
    inner = eroded.crop((4 * reach, 4 * reach, 4 * reach + mask.width, 4 * reach + mask.height))
    return ImageChops.darker(inner, mask)


def union(masks: Sequence[Image.Image]) -> Image.Image:
    """Return the union of `masks` (one or more, of the same size)."""
    first, *others = masks
    for other in others:
        first = ImageChops.lighter(first, other)
    return first


def masked_region(mask: Image.Image, size: Size, padding: int) -> Box:
    """Return the part of the image around the masked area, as (left, top, right, bottom) in its pixels.

    The bounding box of the mask plus `padding` pixels, grown to the aspect ratio of `size` as far as the image reaches.
    All of the image if nothing is masked.
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
    left, right = _grow(*sides[0], max(wide, round(high * shape)), mask.width)
    top, bottom = _grow(*sides[1], max(high, round(wide / shape)), mask.height)
    return left, top, right, bottom


def _grow(start: int, end: int, length: int, most: int) -> tuple[int, int]:
    """Return a range of `length` around start..end within 0..most, or all of 0..most if that is shorter."""
    length = min(length, most)
    begin = min(max(start - (length - (end - start)) // 2, 0), most - length)
    return begin, begin + length
