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
IMAGES_A_GRID = 256
GRID_AXES = 3
GRID_VALUES = 64
MOST_LORAS = 10
MOST_CONTROLS = 3
MOST_STYLES = 10
LARGEST_SIDE = 2048
LARGEST_FINISHED_SIDE = 8192  # after the hires pass and enlarging
RANDOM_SEED_BELOW = 2**32

_SEED = Range(-1, 2**53 - 1)
_SHARE = Range(0, 1)
_STRENGTH = Range(0.01, 1)
_STEPS = Range(1, 150)
_GROWTH = Range(0, 1024, 8)

RANGES: dict[str, Range] = {
    "width": Range(64, LARGEST_SIDE, 8),
    "height": Range(64, LARGEST_SIDE, 8),
    "steps": _STEPS,
    "guidance_scale": Range(0, 30),
    "guidance_rescale": _SHARE,
    "true_cfg_scale": Range(1, 30),
    "clip_skip": Range(1, 12),
    "eta": _SHARE,
    "seed": _SEED,
    "variation_seed": _SEED,
    "variation_strength": _SHARE,
    "count": Range(1, IMAGES_A_JOB),
    "batch_size": Range(1, IMAGES_A_JOB),
    "quality": Range(1, 100),
    "strength": _STRENGTH,
    "noise_multiplier": Range(0, 2),
    "mask_blur": Range(0, 64),
    "mask_padding": Range(0, 256),
    "upscale_by": Range(1, 8),
    "outpaint.left": _GROWTH,
    "outpaint.top": _GROWTH,
    "outpaint.right": _GROWTH,
    "outpaint.bottom": _GROWTH,
    "hires.scale": Range(1, 4),
    "hires.steps": Range(0, 150),
    "hires.strength": _STRENGTH,
    "loras.weight": Range(-4, 4),
    "controls.weight": Range(0, 2),
    "controls.start": _SHARE,
    "controls.end": _SHARE,
    "ip_adapter.weight": Range(0, 2),
    "refiner.start": Range(0.1, 0.99),
    "preview.every": _STEPS,
    "preview.start": _STEPS,
    "preview.size": Range(64, 1024),
}
