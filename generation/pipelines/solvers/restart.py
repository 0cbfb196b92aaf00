"""Restart: Heun's method that goes back to more noise and down again, Xu et al. 2023, algorithm 1.

Errors of the network and of the solver that have piled up are drowned in the noise of the way back. How often, from
where and to where is chosen by the number of steps, as A1111's sampler of that name does for Stable Diffusion: below
20 steps not at all, then once by 9 steps, from 36 on twice by a quarter of all steps each, from 0.1 back to 2.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler, StepInput

RESTART_FROM = 0.1  # noise levels, in units of a picture of unit variance
RESTART_AT = 2.0
_RHO = 7.0


def karras_levels(number: int, lowest: float, highest: float) -> list[float]:
    """Return `number` noise levels from `highest` to `lowest`, 2 or more (Karras et al. 2022, equation 5)."""
    top, bottom = highest ** (1 / _RHO), lowest ** (1 / _RHO)
    return [(top + at / (number - 1) * (bottom - top)) ** _RHO for at in range(number)]


def restarts(steps: int) -> tuple[int, int]:
    """Return how many steps each way down again takes, and how often it is gone, in a run of `steps`."""
    if steps >= 36:
        return steps // 4, 2
    return (9, 1) if steps >= 20 else (0, 0)


class RestartScheduler(SigmaSpaceScheduler):
    """Heun's method with restarts; every step calls the network twice but the last one, as often as Heun's."""

    order = 2

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        steps = self._steps(levels)
        calls = []
        for at, (start, end) in enumerate(steps):
            following = steps[at + 1][0] if at + 1 < len(steps) else 0.0
            back = (following**2 - end**2) ** 0.5 if following > end else 0.0
            stages = 2 if end > 0 else 1
            calls.append(StepInput(start, 0, stages, start, end))
            if stages == 2:
                calls.append(StepInput(end, 1, stages, start, end, back))
        return calls

    def _steps(self, levels: Sequence[float]) -> list[tuple[float, float]]:
        """Return (from, to) of every step, as many as `levels` has."""
        length, times = restarts(len(levels) - 1)
        main = [*self._spread(len(levels) - 1 - length * times, levels), 0.0] if times else list(levels)
        lowest = _nearest(main[:-1], RESTART_FROM)
        highest = _nearest(main[:-1], RESTART_AT)
        if not times or highest >= lowest:  # too little noise is left to go back
            return list(pairwise(levels))
        again = karras_levels(length + 1, main[lowest], main[highest])
        down = list(pairwise(main))
        return [*down[:lowest], *list(pairwise(again)) * times, *down[lowest:]]

    def _spread(self, number: int, levels: Sequence[float]) -> list[float]:
        """Return `number` noise levels between the first and the last of `levels`, spaced as the schedule says."""
        highest, lowest = levels[0], levels[-2]
        ends = torch.tensor([highest, lowest], dtype=torch.float64)
        if self.config.use_karras_sigmas:
            return karras_levels(number, lowest, highest)
        if self.config.use_exponential_sigmas:
            return list(self._noise._convert_to_exponential(in_sigmas=ends, num_inference_steps=number))
        if self.config.use_beta_sigmas:
            return list(self._noise._convert_to_beta(in_sigmas=ends, num_inference_steps=number))
        times = np.linspace(self._time_of([highest])[0], self._time_of([lowest])[0], number)
        return list(np.exp(np.interp(times, np.arange(len(self)), self._trained_log_sigmas)))

    def _advance(self, call: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        if call.end == 0:
            return denoised
        slope = (sample - denoised) / call.sigma
        if call.stage == 0:
            self._begun, self._slope = sample, slope
            return sample + slope * (call.end - call.start)
        return self._begun + (self._slope + slope) / 2 * (call.end - call.start)


def _nearest(levels: Sequence[float], wanted: float) -> int:
    return min(range(len(levels)), key=lambda at: abs(levels[at] - wanted))
