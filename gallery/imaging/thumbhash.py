"""ThumbHash of an image: about 21 bytes, from which a page paints a blurred placeholder.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/): the mean and a few low frequencies of brightness, of
two differences of colours, and of opacity where an image is transparent anywhere, four bits each.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

SIDE = 32  # pixels of the longest side that is transformed; the hash keeps at most 7 waves a side
_NOTHING = 1e-9  # amplitudes below are what rounding leaves of none


def encode_thumbhash(image: Pillow.Image) -> bytes:
    """Return the ThumbHash of `image`, which may have any size and mode."""
    small = image.convert("RGBA")
    small.thumbnail((SIDE, SIDE), Pillow.Resampling.BOX)
    width, height = small.size
    rgba = np.asarray(small, dtype=np.float64) / 255
    alpha, seen = rgba[..., 3], rgba[..., :3] * rgba[..., 3:]
    total = alpha.sum()
    mean = seen.sum(axis=(0, 1)) / total if total else np.zeros(3)
    is_transparent = bool(total < width * height)
    red, green, blue = np.moveaxis(seen + mean * (1 - rgba[..., 3:]), -1, 0)  # on its own mean colour

    most = 5 if is_transparent else 7  # waves along the longer side
    across, down = (max(1, round(most * side / max(small.size))) for side in small.size)
    light_mean, light, light_scale = _waves((red + green + blue) / 3, max(3, across), max(3, down))
    yellow_mean, yellow, yellow_scale = _waves((red + green) / 2 - blue, 3, 3)
    red_mean, reds, red_scale = _waves(red - green, 3, 3)
    colours = round(63 * light_mean) | round(31.5 + 31.5 * yellow_mean) << 6 | round(31.5 + 31.5 * red_mean) << 12
    header = colours | round(31 * light_scale) << 18 | is_transparent << 23
    is_wide = width > height
    shape = (down if is_wide else across) | round(63 * yellow_scale) << 3 | round(63 * red_scale) << 9 | is_wide << 15
    code, waves = header.to_bytes(3, "little") + shape.to_bytes(2, "little"), [*light, *yellow, *reds]
    if is_transparent:
        alpha_mean, alphas, alpha_scale = _waves(alpha, 5, 5)
        code += bytes([round(15 * alpha_mean) | round(15 * alpha_scale) << 4])
        waves += alphas
    halves = [round(15 * wave) for wave in waves] + [0]
    return code + bytes(low | high << 4 for low, high in zip(halves[:-1:2], halves[1::2], strict=False))


def _waves(channel: NDArray[np.float64], across: int, down: int) -> tuple[float, list[float], float]:
    """Return the mean of a channel, its lowest frequencies from 0 to 1, and the largest of their amplitudes."""
    height, width = channel.shape
    found = _cosines(down, height) @ channel @ _cosines(across, width).T / channel.size
    places = [(y, x) for y in range(down) for x in range(across) if x * down < across * (down - y)]
    mean, *rest = (float(found[place]) for place in places)
    scale = max(abs(one) for one in rest)
    if scale < _NOTHING:
        return mean, [0.0] * len(rest), 0.0
    return mean, [0.5 + 0.5 / scale * one for one in rest], scale


def _cosines(waves: int, pixels: int) -> NDArray[np.float64]:
    return np.cos(np.pi / pixels * np.outer(np.arange(waves), np.arange(pixels) + 0.5))
