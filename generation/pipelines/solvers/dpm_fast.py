"""The sampler DPM fast: DPM-Solver-fast, Lu et al. 2022a, section 3.4, for a given number of network calls.

k-diffusion's `sample_dpm_fast` without added noise (eta = 0). As many third-order steps as the calls allow, and one or
two of lower order at the end, all of the same length in log(sigma), from the largest to the smallest noise level the
network was trained with; so it needs no schedule. Like k-diffusion it leaves the sample at the smallest level.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler, StepInput
from generation.pipelines.solvers.dpm_solver import between, first_order, second_order, third_order, third_order_probe


def orders(calls: int) -> list[int]:
    """Return the orders of the steps that use `calls` network calls, 1 or more, in all."""
    thirds = calls // 3
    return [3] * (thirds - 1) + [2, 1] if calls % 3 == 0 else [3] * thirds + [calls % 3]


class DPMFastScheduler(SigmaSpaceScheduler):
    """Makes one network call for each requested step; beginning in the middle distributes the remaining calls again."""

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        calls = len(levels) - 1
        whole = calls == self.num_inference_steps
        highest = self.sigma_max if whole else max(levels[0], self.sigma_min)
        steps = orders(calls)
        ends = np.geomspace(highest, self.sigma_min, len(steps) + 1).tolist()
        return [
            StepInput(start * (end / start) ** (stage / order), stage, order, start, end)
            for order, (start, end) in zip(steps, pairwise(ends), strict=True)
            for stage in range(order)
        ]

    def _advance(self, step_input: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        if step_input.stage == 0:
            self._start_sample = sample
            self._noises: list[torch.Tensor] = []
        self._noises.append((sample - denoised) / step_input.sigma)
        start, end = (torch.tensor(level, dtype=torch.float64) for level in (step_input.start, step_input.end))
        if step_input.stage == step_input.stages - 1:
            last = (first_order, second_order, third_order)[step_input.stage]
            return last(self._start_sample, self._noises, start, end)
        if step_input.stage == 1:
            return third_order_probe(self._start_sample, self._noises, start, end)
        return first_order(self._start_sample, self._noises, start, between(start, end, 1 / step_input.stages))
