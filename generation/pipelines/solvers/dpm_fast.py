"""DPM fast: DPM-Solver-fast, Lu et al. 2022a, section 3.4: a given number of network calls, shared out among steps.

k-diffusion's `sample_dpm_fast` without added noise (eta = 0). As many steps of third order as there are calls for, and
one or two of lower order at the end, all of the same length in log(sigma), from the largest to the smallest noise level
the network was trained with; so it needs no schedule. Like k-diffusion it leaves the sample at the smallest level.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler, StepInput
from generation.pipelines.solvers.dpm_solver import between, first_order, second_order, third_order, third_order_probe


def orders(calls: int) -> list[int]:
    """Return the orders of the steps that `calls` network calls, 1 or more, are shared out among."""
    thirds = calls // 3
    return [3] * (thirds - 1) + [2, 1] if calls % 3 == 0 else [3] * thirds + [calls % 3]


class DPMFastScheduler(SigmaSpaceScheduler):
    """One network call for each step asked for; beginning in the middle spreads the rest of the calls anew."""

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

    def _advance(self, call: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        if call.stage == 0:
            self._begun = sample
            self._noises: list[torch.Tensor] = []
        self._noises.append((sample - denoised) / call.sigma)
        start, end = (torch.tensor(level, dtype=torch.float64) for level in (call.start, call.end))
        if call.stage == call.stages - 1:
            last = (first_order, second_order, third_order)[call.stage]
            return last(self._begun, self._noises, start, end)
        if call.stage == 1:
            return third_order_probe(self._begun, self._noises, start, end)
        return first_order(self._begun, self._noises, start, between(start, end, 1 / call.stages))
