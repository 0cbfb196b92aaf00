"""DPM adaptive: DPM-Solver-12/23, Lu et al. 2022a, appendix C: steps as long as the error that they make allows.

k-diffusion's `sample_dpm_adaptive` with its defaults: order 3, rtol 0.05, atol 0.0078, a first step of 0.05, an
I-controller (Gustafsson 1991) with its limiter, eta = 0. A try of a step calls the network three times and gives a
second-order and a third-order result; where they lie too far apart the step is tried again, shorter.

Two things are added. Each image has its own error and its own steps, so that it does not depend on those beside it; the
network then gets a time step for each row. And the number of tries is bounded by the steps asked for: a run usually
ends long before, and then its loop ends too; when only a third of the tries is left, steps are at least as long as it
takes to arrive, and are taken whatever their error.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch

from generation.pipelines.solvers.base import Generators, SigmaSpaceScheduler, SolverOutput, StepInput
from generation.pipelines.solvers.dpm_solver import between, first_order, second_order, third_order, third_order_probe
from generation.pipelines.solvers.live_timesteps import LiveTimesteps

RTOL = 0.05
ATOL = 0.0078
FIRST_LENGTH = 0.05  # of a step, in log(sigma)
_ACCEPTED = 0.81  # the least growth of the next step that lets the present one pass
_ARRIVED = 1e-5  # in log(sigma)
_STAGES = 3


class DPMAdaptiveScheduler(SigmaSpaceScheduler):
    """Chooses its own steps; `timesteps` are the most calls there can be, in the places a fixed plan would have."""

    order = _STAGES

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        """Plan a run of at most `num_inference_steps` tries of a step, 1 or more; see the base."""
        super().set_timesteps(num_inference_steps, device)
        self.timesteps = LiveTimesteps.of(self.timesteps, self)
        self._levels_now: torch.Tensor | None = None  # where the network is asked, (batch, 1, 1, 1)
        self._rows = 1

    @property
    def finished(self) -> bool:
        """Tell whether every image has arrived."""
        return self._levels_now is not None and not bool(self._on_the_way().any())

    @property
    def progress(self) -> float:
        """Return how much of its way the slowest image has gone, 0 to 1, counted in log(sigma)."""
        if self._levels_now is None:
            return 0.0
        whole = math.log(self._highest / self.sigma_min)
        return 1.0 if self.finished else 1 - float((self._start / self.sigma_min).log().max()) / whole

    def timestep_at(self, index: int) -> torch.Tensor | None:
        """Return the time step of call `index`: one for all rows or one for each; None once all have arrived.

        Of any other call than the next it returns what was planned.
        """
        plain = self.timesteps.as_subclass(torch.Tensor)
        if self._levels_now is None or index != self._step_index:
            return plain[index]
        if self.finished:
            return None
        times = torch.as_tensor(self._time_of(self._levels_now.flatten().numpy()), dtype=torch.float32)
        if bool((times == times[0]).all()):
            return times[0].to(plain.device)
        return times.repeat(self._rows // len(times)).to(plain.device)

    def scale_model_input(self, sample: torch.Tensor, timestep: float | torch.Tensor | None = None) -> torch.Tensor:
        """Return `sample` at unit variance; its rows are the images, once or (with guidance) several times over."""
        self._rows = len(sample)
        if self._levels_now is None:
            return super().scale_model_input(sample, timestep)
        sigma = self._levels_now.repeat(len(sample) // len(self._levels_now), 1, 1, 1)
        return sample / (sigma**2 + 1).sqrt().to(sample.device, sample.dtype)

    def add_noise(
        self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return `original_samples` at the noise level where each image is now; see the base."""
        if self._levels_now is None:
            return super().add_noise(original_samples, noise, timesteps)
        sigma = torch.where(self._on_the_way(), self._levels_now, 0.0)
        return original_samples + sigma.to(noise.device, noise.dtype) * noise

    def step(
        self,
        model_output: torch.Tensor,
        timestep: float | torch.Tensor,
        sample: torch.Tensor,
        generator: Generators = None,
        return_dict: bool = True,
    ) -> SolverOutput | tuple[torch.Tensor, torch.Tensor]:
        """Carry each image to where the network is asked next; those that have arrived stay. See the base."""
        index = self._index(timestep)
        exact = sample.to(torch.promote_types(sample.dtype, torch.float32))
        if self._levels_now is None:
            self._begin(exact, self._calls[index].sigma)
        assert self._levels_now is not None
        sigma = self._levels_now.to(exact.device, exact.dtype)
        self.denoised = self._clean(model_output, exact, sigma)
        if self.finished:
            return self._stepped(sample, return_dict)
        self._noises.append((exact - self.denoised) / sigma)
        result = self._judge() if len(self._noises) == _STAGES else self._probe()
        return self._stepped(result.to(model_output.dtype), return_dict)

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        tries = len(levels) - 1
        self._highest = self.sigma_max if tries == self.num_inference_steps else max(levels[0], self.sigma_min)
        levels = np.geomspace(self._highest, self.sigma_min, tries * _STAGES + 1).tolist()
        return [
            StepInput(level, at % _STAGES, _STAGES, levels[at - at % _STAGES], levels[at - at % _STAGES + _STAGES])
            for at, level in enumerate(levels[:-1])
        ]

    def _begin(self, sample: torch.Tensor, sigma: float) -> None:
        """Set out from noise level `sigma` with every image of `sample`."""
        self._start = torch.full((len(sample), 1, 1, 1), sigma, dtype=torch.float64)
        self._length = torch.full_like(self._start, FIRST_LENGTH)
        self._begun = self._former = sample
        self._tries = (len(self.timesteps) - (self._begin_index or 0)) // _STAGES
        self._reserve = math.ceil(self._tries / 3)
        self._set_out()

    def _set_out(self) -> None:
        """Begin a try: where each image is to arrive, and the network's answers so far, none."""
        length = self._length
        if self._tries <= self._reserve:
            length = torch.maximum(length, (self._start / self.sigma_min).log() / max(self._tries, 1))
        self._end = (self._start * torch.exp(-length)).clamp(min=self.sigma_min)
        self._levels_now = self._start
        self._noises: list[torch.Tensor] = []

    def _probe(self) -> torch.Tensor:
        """Return the sample where the network is asked next within the present try."""
        asked = len(self._noises)
        self._levels_now = between(self._start, self._end, asked / _STAGES)
        if asked == 1:
            return first_order(self._begun, self._noises, self._start, self._levels_now)
        return third_order_probe(self._begun, self._noises, self._start, self._end)

    def _judge(self) -> torch.Tensor:
        """End a try: return each image's sample at its end, or where it began if the error is too large."""
        low = second_order(self._begun, self._noises, self._start, self._end, share=1 / 3)
        high = third_order(self._begun, self._noises, self._start, self._end)
        allowed = (RTOL * torch.maximum(low.abs(), self._former.abs())).clamp(min=ATOL)
        error = ((low - high) / allowed).square().mean(dim=(1, 2, 3), keepdim=True).sqrt().double().cpu()
        growth = 1 + torch.atan((1 / (error.nan_to_num(torch.inf) + 1e-8)) ** (1 / _STAGES) - 1)
        taken = self._on_the_way() & ((growth >= _ACCEPTED) | (self._tries <= self._reserve))
        here = taken.to(low.device)
        self._former = torch.where(here, low, self._former)
        self._begun = torch.where(here, high, self._begun)
        self._start = torch.where(taken, self._end, self._start)
        self._length = self._length * growth
        self._tries -= 1
        self._set_out()
        return self._begun

    def _on_the_way(self) -> torch.Tensor:
        return (self._start / self.sigma_min).log() > _ARRIVED
