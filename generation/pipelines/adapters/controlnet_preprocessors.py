"""ControlNet preprocessors that need no weights: edges, lines, blur and brightness of an image, in numpy and Pillow.

Every function takes and returns an RGB image of the same size; a map is light on black unless stated otherwise.
"""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

Array = np.ndarray

# Thresholds as shares of an image's largest gradient: above the first a pixel is an edge, above the second if it joins
# one.
CANNY_HIGH, CANNY_LOW, CANNY_SIGMA = 0.2, 0.08, 1.0


def preprocess(key: str, image: Image.Image) -> Image.Image:
    """Return the map that the preprocessor `key` (of `catalog.PREPROCESSORS`) makes of `image`.

    Raises:
        KeyError: there is no such preprocessor.
    """
    return _PREPROCESSORS[key](image.convert("RGB"))


def canny(image: Image.Image) -> Image.Image:
    """Return thin edges (Canny 1986, "A Computational Approach to Edge Detection").

    Gaussian blur, Sobel gradients, non-maximum suppression along the gradient, and hysteresis: weak edges only where
    they join strong ones.
    """
    grey = _grey(image.filter(ImageFilter.GaussianBlur(CANNY_SIGMA)))
    across, down = _slopes(grey)
    steep = np.hypot(across, down)
    thin = np.where(_is_ridge(steep, across, down), steep, 0.0)
    top = thin.max()
    if top < 1e-3:  # an image of one colour has no edges; do not amplify its noise
        return _to_image(np.zeros_like(thin))
    return _to_image(_join_edges(thin >= CANNY_HIGH * top, thin >= CANNY_LOW * top).astype(np.float32))


def line(image: Image.Image) -> Image.Image:
    """Return soft lines: a sharpened difference of two blurs (XDoG, Winnemöller et al. 2012), light on black."""
    fine, coarse = _blurred(image, 0.8), _blurred(image, 1.3)
    sharp = fine - 0.98 * coarse
    dark = np.where(sharp >= 0.01, 1.0, 1.0 + np.tanh(20.0 * (sharp - 0.01)))
    return _to_image(1.0 - dark)


def scribble(image: Image.Image) -> Image.Image:
    """Return thick strokes where the soft lines are strong, in pure white on black."""
    soft = line(image).filter(ImageFilter.GaussianBlur(1.0))
    strokes = (_grey(soft) > 0.25).astype(np.float32)
    return _to_image(strokes).filter(ImageFilter.MaxFilter(3))


def blur(image: Image.Image) -> Image.Image:
    """Return the image blurred by 1/64 of its longer side: for tile and blur models, which restore details."""
    return image.filter(ImageFilter.GaussianBlur(max(1.0, max(image.size) / 64)))


def tile(image: Image.Image) -> Image.Image:
    """Return the image downscaled by eight and upscaled again, as in the training of tile models."""
    small = image.resize([max(1, side // 8) for side in image.size], Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def luminance(image: Image.Image) -> Image.Image:
    """Return brightness, stretched from black to white; a substitute for depth without a depth model."""
    grey = _blurred(image, 2.0)
    low, high = np.percentile(grey, (1, 99))
    return _to_image((grey - low) / max(high - low, 1e-3))


def invert(image: Image.Image) -> Image.Image:
    """Return the negative: drawings are dark on white, maps are light on black."""
    return Image.fromarray(255 - np.asarray(image))


_PREPROCESSORS: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "none": lambda image: image,
    "invert": invert,
    "canny": canny,
    "line": line,
    "scribble": scribble,
    "blur": blur,
    "tile": tile,
    "luminance": luminance,
}


def _grey(image: Image.Image) -> Array:
    """Return brightness from 0 to 1, (height, width)."""
    return np.asarray(image.convert("L"), np.float32) / 255


def _blurred(image: Image.Image, sigma: float) -> Array:
    """Return brightness from 0 to 1 after a Gaussian blur in float precision, unlike Pillow's 8 bits."""
    reach = max(1, round(3 * sigma))
    offsets = np.arange(-reach, reach + 1, dtype=np.float32)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    grey = np.pad(_grey(image), reach, mode="edge")
    rows = sum(weight * grey[number : len(grey) - 2 * reach + number] for number, weight in enumerate(weights))
    width = grey.shape[1] - 2 * reach
    blurred: Array = sum(weight * rows[:, number : width + number] for number, weight in enumerate(weights))
    return blurred


def _slopes(grey: Array) -> tuple[Array, Array]:
    """Return Sobel gradients to the right and downwards; the border pixels are repeated."""
    wide = np.pad(grey, 1, mode="edge")
    right, left = wide[:, 2:], wide[:, :-2]
    below, above = wide[2:], wide[:-2]
    across = (right - left)[:-2] + 2 * (right - left)[1:-1] + (right - left)[2:]
    down = (below - above)[:, :-2] + 2 * (below - above)[:, 1:-1] + (below - above)[:, 2:]
    return across, down


def _is_ridge(steep: Array, across: Array, down: Array) -> Array:
    """Return where `steep` is a local maximum along the gradient, in one of eight directions."""
    wide = np.pad(steep, 1)
    height, width = steep.shape
    sector = np.round(np.arctan2(down, across) / (np.pi / 4)).astype(int) % 4
    ridge = np.zeros(steep.shape, bool)
    for number, (x, y) in enumerate(((1, 0), (1, 1), (0, 1), (-1, 1))):
        ahead = wide[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        behind = wide[1 - y : 1 - y + height, 1 - x : 1 - x + width]
        # Strictly greater on one side only, so that of two equal neighbours one stays.
        ridge |= (sector == number) & (steep > behind) & (steep >= ahead)
    return ridge


def _join_edges(strong: Array, weak: Array) -> Array:
    """Return `strong` grown along `weak` until nothing more is connected."""
    found = strong & weak
    while True:
        wide = np.pad(found, 1)
        height, width = found.shape
        near = np.zeros_like(found)
        for y in (0, 1, 2):
            for x in (0, 1, 2):
                near |= wide[y : y + height, x : x + width]
        grown = near & weak
        if (grown == found).all():
            return found
        found = grown


def _to_image(values: Array) -> Image.Image:
    """Return numbers from 0 to 1 as a grey RGB image."""
    return Image.fromarray(np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)).convert("RGB")
