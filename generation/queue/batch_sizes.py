"""How many images are worth generating together, by the measured images a second of batches of each size.

A larger batch is used where it gives at least GAIN times as many images a second as the best smaller one; otherwise
everybody in it would wait longer for nothing. A size that was not measured yet is tried: 2 after 1, then 4, 8, 16, each
only if the one before paid. docs/decisions/0021 says what trying costs.
"""

from collections.abc import Mapping

GAIN = 1.1
SIZES = (2, 4, 8, 16)
MOST_TOGETHER = SIZES[-1]


def choose(rates: Mapping[int, float], *, most: int, trying: bool = True) -> int:
    """Return the batch size to use, 1 to `most`.

    Args:
        rates: measured images a second by batch size, of one checkpoint, device model and image size.
        most: what memory and the site's settings allow, 1 or more.
        trying: whether a size that was not measured may be tried; False: the best of those known to pay.
    """
    best = 1
    if 1 not in rates:  # without it no gain is known
        return best
    for size in SIZES:
        if size > most:
            break
        if size not in rates:
            return size if trying else best
        if rates[size] < GAIN * rates[best]:
            break
        best = size
    return best
