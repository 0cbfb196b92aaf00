"""The steps of DPM-Solver, Lu et al. 2022a (section 3.2, algorithms 1 and 2), for samples x0 + sigma * noise.

For these the half log-SNR is -log(sigma), and a step of length h takes sigma to sigma * exp(-h). Noise levels are
float64 tensors of the host that broadcast against the sample, so that each image of a batch can have its own; `noises`
are the network's outputs as noise, (sample - x0) / sigma, in the order of the calls.
"""

from collections.abc import Sequence

import torch

from generation.pipelines.loading.devices import copy_to_device

Levels = torch.Tensor  # float64, () or (batch, 1, 1, 1)


def between(start: Levels, end: Levels, share: float) -> Levels:
    """Return the noise level at `share` of a step from `start` to `end`."""
    return torch.exp(torch.lerp(start.log(), end.log(), share))


def first_order(sample: torch.Tensor, noises: Sequence[torch.Tensor], start: Levels, end: Levels) -> torch.Tensor:
    """Return the sample at `end`: DPM-Solver-1, which is DDIM and Euler's method."""
    return sample - _like(sample, start - end) * noises[0]


def second_order(
    sample: torch.Tensor, noises: Sequence[torch.Tensor], start: Levels, end: Levels, *, share: float = 0.5
) -> torch.Tensor:
    """Return the sample at `end` by DPM-Solver-2; the second call was at `share` of the step."""
    bend = (start - end) / (2 * share)
    return first_order(sample, noises, start, end) - _like(sample, bend) * (noises[1] - noises[0])


def third_order_probe(sample: torch.Tensor, noises: Sequence[torch.Tensor], start: Levels, end: Levels) -> torch.Tensor:
    """Return the sample at two thirds of the step, where DPM-Solver-3 has its third call."""
    there = between(start, end, 2 / 3)
    bend = there * 2 * (_curve(start, there) - 1)  # r2 / r1 is 2
    return first_order(sample, noises, start, there) - _like(sample, bend) * (noises[1] - noises[0])


def third_order(sample: torch.Tensor, noises: Sequence[torch.Tensor], start: Levels, end: Levels) -> torch.Tensor:
    """Return the sample at `end` by DPM-Solver-3; the calls were at 0, 1/3 and 2/3 of the step."""
    bend = end * 3 / 2 * (_curve(start, end) - 1)
    return first_order(sample, noises, start, end) - _like(sample, bend) * (noises[2] - noises[0])


def _curve(start: Levels, end: Levels) -> Levels:
    """Return (e^h - 1) / h; 1 for a step of no length."""
    length = (start / end).log()
    return torch.where(length == 0, 1.0, torch.expm1(length) / torch.where(length == 0, 1.0, length))


def _like(sample: torch.Tensor, levels: Levels) -> torch.Tensor:
    """Return `levels` in the sample's dtype; one level for all stays on the host, from where kernels take numbers."""
    levels = levels.to(sample.dtype)
    return copy_to_device(levels, sample.device) if levels.dim() else levels
