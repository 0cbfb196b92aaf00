"""The sampler DPM++ 2S a: DPM-Solver++ (2S), Lu et al. 2022b, algorithm 1, with ancestral noise after every step.

k-diffusion's `sample_dpmpp_2s_ancestral` with eta = 1 and s_noise = 1.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler, StepInput


def ancestral_step(start: float, end: float) -> tuple[float, float]:
    """Split a step from noise level `start` to `end`: return the level to denoise to, and the noise to add then."""
    added = min(end, (end**2 * (start**2 - end**2) / start**2) ** 0.5)
    return (end**2 - added**2) ** 0.5, added


class DPMPP2SAncestralScheduler(SigmaSpaceScheduler):
    """Second-order single-step solver; the network is called at the beginning and in the middle of a step."""

    order = 2

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        step_inputs = []
        for start, level in pairwise(levels):
            end, added = ancestral_step(start, level)
            if end == 0:
                step_inputs.append(StepInput(start, 0, 1, start, 0.0))
                continue
            step_inputs.append(StepInput(start, 0, 2, start, end))
            step_inputs.append(StepInput((start * end) ** 0.5, 1, 2, start, end, added))
        return step_inputs

    def _advance(self, step_input: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        if step_input.end == 0:
            return denoised
        if step_input.stage == 0:
            self._start_sample = sample
            return _interpolate(denoised, sample, (step_input.start * step_input.end) ** 0.5 / step_input.start)
        return _interpolate(denoised, self._start_sample, step_input.end / step_input.start)


def _interpolate(denoised: torch.Tensor, sample: torch.Tensor, kept: float) -> torch.Tensor:
    """Return `sample` with the share `kept` of its noise; exact if `denoised` is constant."""
    return kept * sample + (1 - kept) * denoised
