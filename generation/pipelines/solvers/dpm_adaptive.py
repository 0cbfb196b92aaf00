"""The sampler DPM adaptive: DPM-Solver-12/23 with adaptive step size, Lu et al. 2022a, appendix C.

k-diffusion's `sample_dpm_adaptive` with its defaults: order 3, rtol 0.05, atol 0.0078, a first step of 0.05, an
I-controller (Gustafsson 1991) with its limiter, eta = 0. A try of a step calls the network three times and gives a
second-order and a third-order result; if they differ too much the step is tried again, shorter.

Two things are added. Each image has its own error and its own steps, so that it does not depend on the others of its
batch; the network then gets a time step for each row. And the number of tries is bounded by the requested steps: a run
usually ends long before, and then its loop ends too; once only a third of the tries is left, steps are at least long
enough to finish in time, and are accepted whatever their error.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch

from generation.pipelines.loading.devices import copy_to_device
from generation.pipelines.solvers.base import Generators, SigmaSpaceScheduler, SolverOutput, StepInput
from generation.pipelines.solvers.dpm_solver import between, first_order, second_order, third_order, third_order_probe
from generation.pipelines.solvers.live_timesteps import LiveTimesteps

RTOL = 0.05
ATOL = 0.0078
FIRST_LENGTH = 0.05  # of a step, in log(sigma)
_ACCEPTED = 0.81  # a step is accepted if the controller lets the next one grow by at least this factor
_ARRIVED = 1e-5  # in log(sigma)
_STAGES = 3


class DPMAdaptiveScheduler(SigmaSpaceScheduler):
    """Scheduler that chooses its own steps; `timesteps` has the maximum number of calls, as a fixed plan would."""

    order = _STAGES

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        """Plan a run of at most `num_inference_steps` tries of a step, 1 or more; see the base class."""
        super().set_timesteps(num_inference_steps, device)
        self.timesteps = LiveTimesteps.of(self.timesteps, self)
        self._levels_now: torch.Tensor | None = None  # noise levels of the next call, (batch, 1, 1, 1)
        self._rows = 1

    @property
    def finished(self) -> bool:
        """Return whether every image has reached the smallest noise level."""
        return self._levels_now is not None and not bool(self._unfinished().any())

    @property
    def progress(self) -> float:
        """Return the progress of the slowest image, 0 to 1, measured in log(sigma)."""
        if self._levels_now is None:
            return 0.0
        whole = math.log(self._highest / self.sigma_min)
        return 1.0 if self.finished else 1 - float((self._start / self.sigma_min).log().max()) / whole

    def timestep_at(self, index: int) -> torch.Tensor | None:
        """Return the time step of call `index`: one for all rows or one for each; None once all images are finished.

        For any call but the next it returns the planned one.
        """
        planned = self.timesteps.as_subclass(torch.Tensor)
        if self._levels_now is None or index != self._step_index:
            return planned[index]
        if self.finished:
            return None
        times = torch.as_tensor(self._timestep_of_sigma(self._levels_now.flatten().numpy()), dtype=torch.float32)
        if bool((times == times[0]).all()):
            return copy_to_device(times[0], planned.device)
        return copy_to_device(times.repeat(self._rows // len(times)), planned.device)

    def scale_model_input(self, sample: torch.Tensor, timestep: float | torch.Tensor | None = None) -> torch.Tensor:
        """Return `sample` at unit variance; its rows are the images, repeated where guidance doubles the batch."""
        self._rows = len(sample)
        if self._levels_now is None:
            return super().scale_model_input(sample, timestep)
        sigma = self._levels_now.repeat(len(sample) // len(self._levels_now), 1, 1, 1)
        return sample / copy_to_device((sigma**2 + 1).sqrt().to(sample.dtype), sample.device)

    def add_noise(
        self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return `original_samples` at each image's current noise level; see the base class."""
        if self._levels_now is None:
            return super().add_noise(original_samples, noise, timesteps)
        sigma = torch.where(self._unfinished(), self._levels_now, 0.0)
        return original_samples + copy_to_device(sigma.to(noise.dtype), noise.device) * noise

    def step(
        self,
        model_output: torch.Tensor,
        timestep: float | torch.Tensor,
        sample: torch.Tensor,
        generator: Generators = None,
        return_dict: bool = True,
    ) -> SolverOutput | tuple[torch.Tensor, torch.Tensor]:
        """Take each image to the next call of the network; finished ones stay as they are. See the base class."""
        index = self._index(timestep)
        exact = sample.to(torch.promote_types(sample.dtype, torch.float32))
        if self._levels_now is None:
            self._begin(exact, self._step_inputs[index].sigma)
        assert self._levels_now is not None
        sigma = copy_to_device(self._levels_now.to(exact.dtype), exact.device)
        self.denoised = self._predict_x0(model_output, exact, sigma)
        if self.finished:
            return self._finish_step(sample, return_dict)
        self._noises.append((exact - self.denoised) / sigma)
        result = self._finish_try() if len(self._noises) == _STAGES else self._probe()
        return self._finish_step(result.to(model_output.dtype), return_dict)

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        tries = len(levels) - 1
        self._highest = self.sigma_max if tries == self.num_inference_steps else max(levels[0], self.sigma_min)
        levels = np.geomspace(self._highest, self.sigma_min, tries * _STAGES + 1).tolist()
        return [
            StepInput(level, at % _STAGES, _STAGES, levels[at - at % _STAGES], levels[at - at % _STAGES + _STAGES])
            for at, level in enumerate(levels[:-1])
        ]

    def _begin(self, sample: torch.Tensor, sigma: float) -> None:
        """Start the run at noise level `sigma` for every image of `sample`."""
        self._start = torch.full((len(sample), 1, 1, 1), sigma, dtype=torch.float64)
        self._length = torch.full_like(self._start, FIRST_LENGTH)
        self._start_sample = self._former = sample
        self._tries = (len(self.timesteps) - (self._begin_index or 0)) // _STAGES
        self._reserve = math.ceil(self._tries / 3)
        self._begin_try()

    def _begin_try(self) -> None:
        """Begin a try: set each image's end level and forget the network's outputs."""
        length = self._length
        if self._tries <= self._reserve:
            length = torch.maximum(length, (self._start / self.sigma_min).log() / max(self._tries, 1))
        self._end = (self._start * torch.exp(-length)).clamp(min=self.sigma_min)
        self._levels_now = self._start
        self._noises: list[torch.Tensor] = []

    def _probe(self) -> torch.Tensor:
        """Return the sample for the next call of the network within the current try."""
        calls = len(self._noises)
        self._levels_now = between(self._start, self._end, calls / _STAGES)
        if calls == 1:
            return first_order(self._start_sample, self._noises, self._start, self._levels_now)
        return third_order_probe(self._start_sample, self._noises, self._start, self._end)

    def _finish_try(self) -> torch.Tensor:
        """Finish a try: return each image's sample at the end level, or at the start level if its error is too big."""
        low = second_order(self._start_sample, self._noises, self._start, self._end, share=1 / 3)
        high = third_order(self._start_sample, self._noises, self._start, self._end)
        allowed = (RTOL * torch.maximum(low.abs(), self._former.abs())).clamp(min=ATOL)
        error = ((low - high) / allowed).square().mean(dim=(1, 2, 3), keepdim=True).sqrt().cpu().double()
        growth = 1 + torch.atan((1 / (error.nan_to_num(torch.inf) + 1e-8)) ** (1 / _STAGES) - 1)
        accepted = self._unfinished() & ((growth >= _ACCEPTED) | (self._tries <= self._reserve))
        accepted_on_device = copy_to_device(accepted, low.device)
        self._former = torch.where(accepted_on_device, low, self._former)
        self._start_sample = torch.where(accepted_on_device, high, self._start_sample)
        self._start = torch.where(accepted, self._end, self._start)
        self._length = self._length * growth
        self._tries -= 1
        self._begin_try()
        return self._start_sample

    def _unfinished(self) -> torch.Tensor:
        return (self._start / self.sigma_min).log() > _ARRIVED
