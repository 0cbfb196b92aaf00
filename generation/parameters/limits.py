"""The ranges of every field, in one table: the schema refuses by it, forms and docs print it.

The site's own bounds; a checkpoint narrows width and height further (see `schema.resolve`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """An inclusive range; `multiple_of` where only some values inside it are allowed."""

    least: float
    most: float
    multiple_of: int | None = None

    def __str__(self) -> str:
        """Return the range in words for messages: "64 to 2048, in multiples of 8"."""
        words = f"{self.least:g} to {self.most:g}"
        return f"{words}, in multiples of {self.multiple_of}" if self.multiple_of else words

    def allows(self, value: float) -> bool:
        """Tell whether `value` lies inside; NaN and infinities never do."""
        if not self.least <= value <= self.most:
            return False
        return self.multiple_of is None or value % self.multiple_of == 0


PROMPT_CHARACTERS = 10_000
IMAGES_A_JOB = 16
LARGEST_SIDE = 2048
RANDOM_SEED_BELOW = 2**32

RANGES: dict[str, Range] = {
    "width": Range(64, LARGEST_SIDE, 8),
    "height": Range(64, LARGEST_SIDE, 8),
    "steps": Range(1, 150),
    "guidance_scale": Range(0, 30),
    "eta": Range(0, 1),
    "seed": Range(-1, 2**53 - 1),
    "count": Range(1, IMAGES_A_JOB),
    "batch_size": Range(1, IMAGES_A_JOB),
    "quality": Range(1, 100),
    "preview.every": Range(1, 150),
    "preview.start": Range(1, 150),
    "preview.size": Range(64, 1024),
}
