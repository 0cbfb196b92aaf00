"""Observes a scheduler during a run: when denoising begins, and the network's prediction of the clean latents (x0).

Pipelines give callbacks only the noisy latents. The predicted clean image shows shapes many steps earlier and costs a
few operations on a tensor of latents.
"""

import functools
import time
from typing import Any

import torch

from generation.pipelines.host_tables import HostTables
from generation.pipelines.solvers import DPMAdaptiveScheduler
from generation.pipelines.solvers.base import SigmaSpaceScheduler

# These keep the sample as x0 + sigma * noise ("variance exploding"); all others scale it to unit variance.
_SIGMA_SPACE = frozenset(
    {
        "EulerDiscreteScheduler",
        "EulerAncestralDiscreteScheduler",
        "HeunDiscreteScheduler",
        "KDPM2DiscreteScheduler",
        "KDPM2AncestralDiscreteScheduler",
        "LMSDiscreteScheduler",
    }
)


class SchedulerWatch:
    """Wraps one scheduler for one run without changing what it computes."""

    def __init__(self, scheduler: Any, *, flow: bool) -> None:
        """Wrap `scheduler`; `flow`: the network predicts the velocity of a rectified flow, from image to noise."""
        self.scheduler = scheduler
        self.began_at: float | None = None
        self._flow = flow
        self._sigma_space = type(scheduler).__name__ in _SIGMA_SPACE
        self._seen: tuple[torch.Tensor, float | torch.Tensor, torch.Tensor] | None = None
        self._tables = HostTables(scheduler)
        if not flow:
            kept = scheduler.alphas_cumprod.detach().cpu().double().clamp(1e-8, 1 - 1e-8)
            self._log_sigmas = (((1 - kept) / kept).log() / 2).tolist()
        self._wrap_set_timesteps()
        self._wrap_step()

    def clean_latents(self) -> torch.Tensor | None:
        """Return the network's current prediction of the clean latents, in the shape and scale the pipeline uses.

        A new tensor of the latents' shape; None before the first step.

        The prediction is solved for x0: epsilon (Ho et al. 2020, eq. 15), v (Salimans and Ho 2022, appendix D),
        velocity of a rectified flow (Liu et al. 2022).
        """
        if self._seen is None:
            return None
        if isinstance(self.scheduler, SigmaSpaceScheduler):
            return self.scheduler.denoised  # each image may have its own noise level; a new tensor each time
        output, timestep, sample = self._seen
        if self._flow:
            return sample - float(timestep) / self.scheduler.config.num_train_timesteps * output
        sigma = self._sigma(float(timestep))
        signal = (1 + sigma**2) ** -0.5
        kind = self.scheduler.config.prediction_type
        if kind == "sample":
            return output.clone()
        if kind == "v_prediction":
            unit = signal if self._sigma_space else 1.0  # to unit variance
            return sample * (signal * unit) - output * (sigma * signal)
        # epsilon prediction
        return sample - output * sigma if self._sigma_space else sample / signal - output * sigma

    def steps_done(self, step: int, total: int) -> int:
        """Return how many of `total` steps are done after callback `step` (1-based).

        For a sampler that chooses its own steps the slowest image counts; it is at `total` once that has finished.
        """
        if not isinstance(self.scheduler, DPMAdaptiveScheduler):
            return step
        return total if self.scheduler.finished else min(int(self.scheduler.progress * total), total - 1)

    def _sigma(self, timestep: float) -> float:
        """Return sigma, noise over signal, at a training time step, interpolated log-linearly between two of them."""
        last = len(self._log_sigmas) - 1
        lower = min(max(int(timestep), 0), last)
        upper = min(lower + 1, last)
        share = min(max(timestep - lower, 0.0), 1.0)
        log = self._log_sigmas[lower] * (1 - share) + self._log_sigmas[upper] * share
        return float(2.718281828459045**log)

    def _wrap_set_timesteps(self) -> None:
        original = self.scheduler.set_timesteps

        @functools.wraps(original)
        def set_timesteps(*args: Any, **kwargs: Any) -> None:
            original(*args, **kwargs)
            self._tables = HostTables(self.scheduler)
            self.began_at = time.perf_counter()

        self.scheduler.set_timesteps = set_timesteps

    def _wrap_step(self) -> None:
        original = self.scheduler.step

        @functools.wraps(original)  # pipelines read the signature to learn which arguments a scheduler takes
        def step(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
            timestep = self._tables.find(timestep)
            self._seen = (model_output, timestep, sample)
            with self._tables.in_use():
                return original(model_output, timestep, sample, *args, **kwargs)

        self.scheduler.step = step
