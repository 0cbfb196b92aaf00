"""Ranges of all numeric fields in one table, which the schema checks and forms and documents print.

These are the site's bounds; a checkpoint narrows width and height further (see `resolve.resolve`).
"""

import math
from dataclasses import dataclass

_MOST_DIGITS = 20


@dataclass(frozen=True)
class Range:
    """An inclusive range; `multiple_of` where only some values inside it are allowed.

    `exact`: others are refused; otherwise that depends on the checkpoint, which may take the nearest instead.
    """

    least: float
    most: float
    multiple_of: int | None = None
    exact: bool = True

    def __str__(self) -> str:
        """Return the range in words for messages: "64 to 2048, in multiples of 8"."""
        words = f"{format_number(self.least)} to {format_number(self.most)}"
        return f"{words}, in multiples of {self.multiple_of}" if self.multiple_of else words

    def allows(self, value: float) -> bool:
        """Return whether `value` lies inside; NaN and infinities never do."""
        if not self.least <= value <= self.most:
            return False
        return self.multiple_of is None or not self.exact or value % self.multiple_of == 0


def format_number(value: float) -> str:
    """Return a number for a sentence: an integer with all its digits and no point, others with up to 15 digits."""
    if abs(value) >= 10**_MOST_DIGITS and value not in (math.inf, -math.inf):
        return f"a number of more than {_MOST_DIGITS} digits"
    return str(int(value)) if isinstance(value, int) or value.is_integer() else f"{value:.15g}"


PROMPT_CHARACTERS = 10_000
IMAGES_A_JOB = 256  # also of a grid; a role's limit is usually lower
IMAGES_A_CALL = 16  # files that one request of a dialect may carry, and images that are denoised together
GRID_AXES = 3
GRID_VALUES = 64
MOST_KEPT_STEPS = 30  # previews that are kept with one image
MOST_LORAS = 10
MOST_CONTROLS = 3
MOST_STYLES = 10
LARGEST_SIDE = 2048
LARGEST_FINISHED_SIDE = 8192  # after hires fix and upscaling
RANDOM_SEED_BELOW = 2**32

SEEDS = 2**53  # seeds are below; longer ones of other programs are reduced modulo this
_SEED = Range(-1, SEEDS - 1)
_SHARE = Range(0, 1)
_STRENGTH = Range(0.0001, 1)
_STEPS = Range(1, 250)
_GROWTH = Range(0, 1024, 8)

RANGES: dict[str, Range] = {
    "width": Range(64, LARGEST_SIDE, 8, exact=False),
    "height": Range(64, LARGEST_SIDE, 8, exact=False),
    "steps": _STEPS,
    "guidance_scale": Range(-30, 30),
    "guidance_rescale": _SHARE,
    "true_cfg_scale": Range(1, 30),
    "clip_skip": Range(1, 12),
    "eta": Range(0, 10),
    "seed": _SEED,
    "variation_seed": _SEED,
    "variation_strength": _SHARE,
    "count": Range(1, IMAGES_A_JOB),
    "batch_size": Range(1, IMAGES_A_CALL),
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
    "hires.steps": Range(0, 250),
    "hires.strength": _STRENGTH,
    "loras.weight": Range(-4, 4),
    "controls.weight": Range(0, 2),
    "controls.start": _SHARE,
    "controls.end": _SHARE,
    "ip_adapter.weight": Range(0, 2),
    "refiner.start": Range(0.1, 0.99),
    "keep_steps": _STEPS,
    "preview.every": _STEPS,
    "preview.start": _STEPS,
    "preview.size": Range(64, 1024),
}
