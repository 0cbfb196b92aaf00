"""DPM++ 2S a: DPM-Solver++ (2S), Lu et al. 2022b, algorithm 1, with ancestral noise after every step.

k-diffusion's `sample_dpmpp_2s_ancestral` with eta = 1 and s_noise = 1.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler, StepInput


def ancestral_step(start: float, end: float) -> tuple[float, float]:
    """Split a step from noise level `start` to `end`: how far to denoise, and how much noise to add then."""
    added = min(end, (end**2 * (start**2 - end**2) / start**2) ** 0.5)
    return (end**2 - added**2) ** 0.5, added


class DPMPP2SAncestralScheduler(SigmaSpaceScheduler):
    """Second order in a single step; the network is called at its beginning and in its middle."""

    order = 2

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        calls = []
        for start, level in pairwise(levels):
            end, added = ancestral_step(start, level)
            if end == 0:
                calls.append(StepInput(start, 0, 1, start, 0.0))
                continue
            calls.append(StepInput(start, 0, 2, start, end))
            calls.append(StepInput((start * end) ** 0.5, 1, 2, start, end, added))
        return calls

    def _advance(self, call: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        if call.end == 0:
            return denoised
        if call.stage == 0:
            self._begun = sample
            return _towards(denoised, sample, (call.start * call.end) ** 0.5 / call.start)
        return _towards(denoised, self._begun, call.end / call.start)


def _towards(denoised: torch.Tensor, sample: torch.Tensor, kept: float) -> torch.Tensor:
    """Return `sample` with the share `kept` of its noise: exact as long as `denoised` does not change."""
    return kept * sample + (1 - kept) * denoised
