"""Perceptual hash of an image: 64 bits, most of which stay when it is enlarged, recoded or changed a little."""

import numpy as np
from PIL import Image as Pillow

BITS = 64
BANDS = 4
BAND_BITS = BITS // BANDS
_SIDE = 32  # pixels of the square that is transformed
_STEP = 100  # of coefficients: waves of less than about 0.2 grey levels, which compression leaves, are no pattern
_MASK = 2**BITS - 1


def _waves() -> np.ndarray:
    """Return the matrix of the discrete cosine transform (DCT-II), one wave a row."""
    places = np.arange(_SIDE)
    return np.cos(np.pi / _SIDE * np.outer(places, places + 0.5))


_DCT = _waves()
# The 64 lowest frequencies but the mean brightness, by (vertical, horizontal).
_LOWEST = sorted(np.ndindex(_SIDE, _SIDE), key=lambda at: (sum(at), at))[1 : BITS + 1]


def make_perceptual_hash(image: Pillow.Image) -> int:
    """Return the hash as a signed number of 64 bits, as a column of a database has it.

    A bit says whether a low frequency of the brightness is above the median of all 64 (pHash: C. Zauner,
    "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). Frequencies take turns in the bands, so
    that each band tells images apart as well as the others.
    """
    grey = image.convert("L").resize((_SIDE, _SIDE), Pillow.Resampling.LANCZOS, reducing_gap=3)
    transformed = _DCT @ np.asarray(grey, dtype=np.float64) @ _DCT.T
    lowest = np.round(np.array([transformed[at] for at in _LOWEST]) / _STEP)
    code = 0
    for place, is_high in enumerate(lowest > np.median(lowest)):
        code |= int(is_high) << (place % BANDS * BAND_BITS + place // BANDS)
    return code - 2**BITS if code >> (BITS - 1) else code


def bands_of(code: int) -> list[int]:
    """Return the parts of a hash, BAND_BITS each."""
    return [(code & _MASK) >> (BAND_BITS * band) & (2**BAND_BITS - 1) for band in range(BANDS)]


def distance(code: int, other: int) -> int:
    """Return how many bits of two hashes differ; those of unrelated images differ in 32 on average."""
    return ((code ^ other) & _MASK).bit_count()
