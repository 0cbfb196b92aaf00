"""Maps for ControlNets that need no weights: edges, lines, blur and brightness of a picture, in numpy and Pillow.

Every function takes and returns a picture in RGB of the same size; a map is light on black unless said otherwise.
"""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageFilter

Array = np.ndarray

# Shares of the steepest slope of a picture: above the first something is an edge, above the second where it joins one.
CANNY_HIGH, CANNY_LOW, CANNY_SIGMA = 0.2, 0.08, 1.0


def preprocess(key: str, picture: Image.Image) -> Image.Image:
    """Return the map that the preprocessor `key` (of `catalog.PREPROCESSORS`) makes of `picture`.

    Raises:
        KeyError: there is no such preprocessor.
    """
    return _TABLE[key](picture.convert("RGB"))


def canny(picture: Image.Image) -> Image.Image:
    """Return thin edges (Canny 1986, "A Computational Approach to Edge Detection").

    Blur, slopes by Sobel, only the steepest along each slope's own direction, and weak edges only where they join
    strong ones.
    """
    grey = _grey(picture.filter(ImageFilter.GaussianBlur(CANNY_SIGMA)))
    across, down = _slopes(grey)
    steep = np.hypot(across, down)
    thin = np.where(_is_ridge(steep, across, down), steep, 0.0)
    top = thin.max()
    if top < 1e-3:  # a picture of one colour has no edges; do not make some of its noise
        return _white(np.zeros_like(thin))
    return _white(_joined(thin >= CANNY_HIGH * top, thin >= CANNY_LOW * top).astype(np.float32))


def line(picture: Image.Image) -> Image.Image:
    """Return soft lines: a sharpened difference of two blurs (XDoG, Winnemöller et al. 2012), light on black."""
    fine, coarse = _blurred(picture, 0.8), _blurred(picture, 1.3)
    sharp = fine - 0.98 * coarse
    dark = np.where(sharp >= 0.01, 1.0, 1.0 + np.tanh(20.0 * (sharp - 0.01)))
    return _white(1.0 - dark)


def scribble(picture: Image.Image) -> Image.Image:
    """Return thick strokes where the soft lines are strong: white or black, nothing between."""
    soft = line(picture).filter(ImageFilter.GaussianBlur(1.0))
    strokes = (_grey(soft) > 0.25).astype(np.float32)
    return _white(strokes).filter(ImageFilter.MaxFilter(3))


def blur(picture: Image.Image) -> Image.Image:
    """Return the picture blurred by 1/64 of its longer side: for tile and blur models, which bring details back."""
    return picture.filter(ImageFilter.GaussianBlur(max(1.0, max(picture.size) / 64)))


def tile(picture: Image.Image) -> Image.Image:
    """Return the picture made smaller eight times and larger again, as tile models were trained."""
    small = picture.resize([max(1, side // 8) for side in picture.size], Image.Resampling.BOX)
    return small.resize(picture.size, Image.Resampling.BICUBIC)


def luminance(picture: Image.Image) -> Image.Image:
    """Return brightness alone, spread from black to white: what stands in for depth where no depth model is there."""
    grey = _blurred(picture, 2.0)
    low, high = np.percentile(grey, (1, 99))
    return _white((grey - low) / max(high - low, 1e-3))


def invert(picture: Image.Image) -> Image.Image:
    """Return the negative: drawings are dark on white, maps are light on black."""
    return Image.fromarray(255 - np.asarray(picture))


_TABLE: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "none": lambda picture: picture,
    "invert": invert,
    "canny": canny,
    "line": line,
    "scribble": scribble,
    "blur": blur,
    "tile": tile,
    "luminance": luminance,
}


def _grey(picture: Image.Image) -> Array:
    """Return brightness from 0 to 1, (height, width)."""
    return np.asarray(picture.convert("L"), np.float32) / 255


def _blurred(picture: Image.Image, sigma: float) -> Array:
    """Return brightness from 0 to 1 after a Gaussian blur, with more than 256 steps: an own, exact blur."""
    reach = max(1, round(3 * sigma))
    offsets = np.arange(-reach, reach + 1, dtype=np.float32)
    weights = np.exp(-(offsets**2) / (2 * sigma**2))
    weights /= weights.sum()
    grey = np.pad(_grey(picture), reach, mode="edge")
    rows = sum(weight * grey[number : len(grey) - 2 * reach + number] for number, weight in enumerate(weights))
    width = grey.shape[1] - 2 * reach
    blurred: Array = sum(weight * rows[:, number : width + number] for number, weight in enumerate(weights))
    return blurred


def _slopes(grey: Array) -> tuple[Array, Array]:
    """Return Sobel's slopes to the right and downwards; the border counts as going on as it is."""
    wide = np.pad(grey, 1, mode="edge")
    right, left = wide[:, 2:], wide[:, :-2]
    below, above = wide[2:], wide[:-2]
    across = (right - left)[:-2] + 2 * (right - left)[1:-1] + (right - left)[2:]
    down = (below - above)[:, :-2] + 2 * (below - above)[:, 1:-1] + (below - above)[:, 2:]
    return across, down


def _is_ridge(steep: Array, across: Array, down: Array) -> Array:
    """Tell where `steep` is no less than at both neighbours in the direction of the slope, of eight directions."""
    wide = np.pad(steep, 1)
    height, width = steep.shape
    sector = np.round(np.arctan2(down, across) / (np.pi / 4)).astype(int) % 4
    ridge = np.zeros(steep.shape, bool)
    for number, (x, y) in enumerate(((1, 0), (1, 1), (0, 1), (-1, 1))):
        ahead = wide[1 + y : 1 + y + height, 1 + x : 1 + x + width]
        behind = wide[1 - y : 1 - y + height, 1 - x : 1 - x + width]
        # "More than behind, at least ahead": of two equal neighbours one stays.
        ridge |= (sector == number) & (steep > behind) & (steep >= ahead)
    return ridge


def _joined(strong: Array, weak: Array) -> Array:
    """Return `strong` grown along `weak` until nothing more joins it."""
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


def _white(values: Array) -> Image.Image:
    """Return numbers from 0 to 1 as a grey picture in RGB."""
    return Image.fromarray(np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)).convert("RGB")
