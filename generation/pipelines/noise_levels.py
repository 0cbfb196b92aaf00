"""Schedules that diffusers does not have, and those that one of its samplers lacks: noise levels of a run's steps."""

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from generation.families import FAMILIES


def kl_optimal(number: int, lowest: float, highest: float, family: str) -> np.ndarray:
    """Return `number` noise levels from `highest` to `lowest` (Sabour et al. 2024, theorem 3.1), 1 or more."""
    return np.tan(np.linspace(math.atan(highest), math.atan(lowest), number))


def align_your_steps(number: int, lowest: float, highest: float, family: str) -> np.ndarray:
    """Return the first `number` of one more noise levels, interpolated log-linearly in the table of `family`.

    The table is stretched to `highest` and `lowest`, the noise levels that the network was trained with. As in the
    table, the step from the last level returned goes to 0.
    """
    # diffusers has the table too, with 0 for the last level; a log-linear interpolation does not reach it.
    table = np.log(FAMILIES[family].aligned_levels)
    stretched = np.interp(table, (table[-1], table[0]), np.log((lowest, highest)))
    levels = np.interp(np.linspace(0, 1, number + 1), np.linspace(0, 1, len(table)), stretched)
    return np.exp(levels[:-1])


SPACINGS: Mapping[str, Callable[[int, float, float, str], np.ndarray]] = {
    "kl_optimal": kl_optimal,
    "align_your_steps": align_your_steps,
}


def space(scheduler: Any, schedule: str, family: str) -> None:
    """Make `scheduler` (its option `use_karras_sigmas` is on) space its noise levels by a schedule of SPACINGS.

    Karras' spacing is replaced, because every scheduler that has it calls one method with the levels it would have.
    """
    levels = getattr(scheduler, "_noise", scheduler)  # the site's own solvers take the levels of another

    def convert(in_sigmas: Any, num_inference_steps: int | None = None) -> np.ndarray:
        number = num_inference_steps or int(levels.num_inference_steps)
        return SPACINGS[schedule](number, float(in_sigmas[-1]), float(in_sigmas[0]), family)

    levels._convert_to_karras = convert


def take_levels(scheduler: Any, other: Any) -> None:
    """Make `scheduler` take noise levels and time steps of `other`, which has the same training schedule."""
    set_timesteps = scheduler.set_timesteps

    @functools.wraps(set_timesteps)
    def set_timesteps_of_other(num_inference_steps: int, device: Any = None) -> None:
        set_timesteps(num_inference_steps, device=device)
        other.set_timesteps(num_inference_steps, device=device)
        scheduler.sigmas, scheduler.timesteps = other.sigmas, other.timesteps

    scheduler.set_timesteps = set_timesteps_of_other
