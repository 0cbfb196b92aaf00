"""The sampler Restart: Heun's method that adds noise again and repeats steps, Xu et al. 2023, algorithm 1.

The added noise removes accumulated errors of the network and the solver. How often, from where and to where depends on
the number of steps, as in A1111's sampler of that name for Stable Diffusion: below 20 steps not at all, then once with
9 steps, from 36 on twice with a quarter of all steps each; from noise level 0.1 back to 2.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler, StepInput

RESTART_FROM = 0.1  # noise levels, for images of unit variance
RESTART_AT = 2.0
_RHO = 7.0


def karras_levels(number: int, lowest: float, highest: float) -> list[float]:
    """Return `number` noise levels from `highest` to `lowest`, 2 or more (Karras et al. 2022, equation 5)."""
    top, bottom = highest ** (1 / _RHO), lowest ** (1 / _RHO)
    return [(top + at / (number - 1) * (bottom - top)) ** _RHO for at in range(number)]


def restarts(steps: int) -> tuple[int, int]:
    """Return the number of steps of each restart, and the number of restarts, in a run of `steps`."""
    if steps >= 36:
        return steps // 4, 2
    return (9, 1) if steps >= 20 else (0, 0)


class RestartScheduler(SigmaSpaceScheduler):
    """Heun's method with restarts; every step but the last calls the network twice, as Heun's does."""

    order = 2

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        steps = self._steps(levels)
        step_inputs = []
        for at, (start, end) in enumerate(steps):
            following = steps[at + 1][0] if at + 1 < len(steps) else 0.0
            back = (following**2 - end**2) ** 0.5 if following > end else 0.0
            stages = 2 if end > 0 else 1
            step_inputs.append(StepInput(start, 0, stages, start, end))
            if stages == 2:
                step_inputs.append(StepInput(end, 1, stages, start, end, back))
        return step_inputs

    def _steps(self, levels: Sequence[float]) -> list[tuple[float, float]]:
        """Return the noise levels (from, to) of every step; as many steps as `levels` has."""
        length, times = restarts(len(levels) - 1)
        main = [*self._spread(len(levels) - 1 - length * times, levels), 0.0] if times else list(levels)
        lowest = _nearest(main[:-1], RESTART_FROM)
        highest = _nearest(main[:-1], RESTART_AT)
        if not times or highest >= lowest:  # the remaining levels are too low for a restart
            return list(pairwise(levels))
        again = karras_levels(length + 1, main[lowest], main[highest])
        down = list(pairwise(main))
        return [*down[:lowest], *list(pairwise(again)) * times, *down[lowest:]]

    def _spread(self, number: int, levels: Sequence[float]) -> list[float]:
        """Return `number` noise levels from the first to the last but one of `levels`, spaced by the schedule."""
        highest, lowest = levels[0], levels[-2]
        ends = torch.tensor([highest, lowest], dtype=torch.float64)
        if self.config.get("sigma_schedule") is not None:  # see noise_levels.space
            return list(self._noise._convert_to_karras(in_sigmas=ends, num_inference_steps=number))
        if self.config.use_karras_sigmas:
            return karras_levels(number, lowest, highest)
        if self.config.use_exponential_sigmas:
            return list(self._noise._convert_to_exponential(in_sigmas=ends, num_inference_steps=number))
        if self.config.use_beta_sigmas:
            return list(self._noise._convert_to_beta(in_sigmas=ends, num_inference_steps=number))
        times = np.linspace(self._timestep_of_sigma([highest])[0], self._timestep_of_sigma([lowest])[0], number)
        return list(np.exp(np.interp(times, np.arange(len(self)), self._trained_log_sigmas)))

    def _advance(self, step_input: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        if step_input.end == 0:
            return denoised
        slope = (sample - denoised) / step_input.sigma
        if step_input.stage == 0:
            self._start_sample, self._slope = sample, slope
            return sample + slope * (step_input.end - step_input.start)
        return self._start_sample + (self._slope + slope) / 2 * (step_input.end - step_input.start)


def _nearest(levels: Sequence[float], wanted: float) -> int:
    return min(range(len(levels)), key=lambda at: abs(levels[at] - wanted))
