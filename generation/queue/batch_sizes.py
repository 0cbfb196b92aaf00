"""How many images are worth generating together, by the measured images a second of batches of each size.

The largest batch is used that gives at least GAIN times as many images a second as the best smaller one; in any other
everybody would wait longer for nothing. A batch size that was not measured yet is tried: 1 first, 2 after 1, then 4
unless 2 were slower than one alone, then 8 and 16 if the one before paid. Until anything was measured at an image size,
`speeds.expected_batch` guesses. docs/decisions/0021 says what trying costs.
"""

from collections.abc import Mapping

GAIN = 1.1
SIZES = (2, 4, 8, 16)
ALWAYS_TRIED = 4  # even if 2 did not pay, unless they were slower than one alone
MOST_TOGETHER = SIZES[-1]


def choose(rates: Mapping[int, float], *, most: int, trying: bool = True) -> int:
    """Return the batch size to use, 1 to `most`.

    Args:
        rates: measured images a second by batch size, of one checkpoint, device model and image size.
        most: what memory and the site's settings allow, 1 or more.
        trying: whether a size that was not measured may be tried; False: the best of those known to pay.
    """
    best = before = 1
    if 1 not in rates:  # without it no gain is known
        return best
    for size in SIZES:
        if size > most:
            break
        if size in rates:
            best = size if rates[size] >= GAIN * rates[best] else best
        elif trying and (before == best or (size == ALWAYS_TRIED and rates[before] >= rates[best])):
            return size
        else:
            break
        before = size
    return best
