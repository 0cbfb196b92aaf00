"""Pseudo-random numbers from a seed, the same on every computer and in every version of Python."""

import hashlib
from collections.abc import Sequence

_BELOW = 2**64


class SeededRandom:
    """A stream of integers: number n is the first 8 bytes (big-endian) of SHA-256 of "salt:seed:n".

    The module `random` is not used: how it turns bits into choices has changed between versions of Python, and a
    prompt must expand to the same text in every version.
    """

    def __init__(self, seed: int, salt: str = "prompt") -> None:
        """Start the stream of `seed`; another `salt` gives another stream."""
        self._name = f"{salt}:{seed}"
        self._position = 0

    def below(self, most: int) -> int:
        """Return a number from 0 to `most` - 1, each equally likely; `most` is 1 to 2^64."""
        usable = _BELOW - _BELOW % most  # larger numbers would make the first few more likely
        while True:
            digest = hashlib.sha256(f"{self._name}:{self._position}".encode()).digest()
            self._position += 1
            number = int.from_bytes(digest[:8], "big")
            if number < usable:
                return number % most

    def weighted(self, weights: Sequence[int]) -> int:
        """Return an index of `weights` (integers, 0 or more, not all 0), as likely as its share of their sum."""
        rest = self.below(sum(weights))
        for index, weight in enumerate(weights):
            if rest < weight:
                return index
            rest -= weight
        raise AssertionError("weights changed while they were read")
