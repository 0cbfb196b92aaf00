"""Base class of the site's own schedulers: noise levels, prediction of x0, noise for each image.

Samples are x0 + sigma * noise ("variance exploding", Karras et al. 2022), as in diffusers' Euler and Heun. A plan made
in advance gives the noise level of each call of the network; `step` takes the sample from one call to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import ConfigMixin, EulerDiscreteScheduler, SchedulerMixin
from diffusers.configuration_utils import register_to_config
from diffusers.schedulers.scheduling_utils import KarrasDiffusionSchedulers
from diffusers.utils import BaseOutput

from generation.pipelines.noise import randn_tensor

Generators = torch.Generator | list[torch.Generator] | None


@dataclass
class SolverOutput(BaseOutput):
    """Return value of `step`: the sample for the next call, and the network's current prediction of x0."""

    prev_sample: torch.Tensor
    pred_original_sample: torch.Tensor


@dataclass(frozen=True)
class StepInput:
    """One call of the network: at noise level `sigma`, as number `stage` of `stages` in a step from `start` to `end`.

    `noise` is the standard deviation of the noise that is added to the sample afterwards; 0: none.
    """

    sigma: float
    stage: int
    stages: int
    start: float
    end: float
    noise: float = 0.0


class SigmaSpaceScheduler(SchedulerMixin, ConfigMixin):
    """Scheduler configured like diffusers' EulerDiscreteScheduler, whose noise levels it uses.

    A subclass defines in `_plan` when the network is called, and in `_advance` how the sample follows from its output.
    `order` is the number of calls of a step, which pipelines must know to begin in the middle.
    """

    _compatibles = [scheduler.name for scheduler in KarrasDiffusionSchedulers]
    order = 1
    config: Any

    @register_to_config
    def __init__(  # noqa: PLR0917  (diffusers makes schedulers of their config by these names)
        self,
        num_train_timesteps: int = 1000,
        beta_start: float = 0.0001,
        beta_end: float = 0.02,
        beta_schedule: str = "linear",
        trained_betas: list[float] | None = None,
        prediction_type: str = "epsilon",
        use_karras_sigmas: bool = False,
        use_exponential_sigmas: bool = False,
        use_beta_sigmas: bool = False,
        timestep_spacing: str = "linspace",
        steps_offset: int = 0,
        rescale_betas_zero_snr: bool = False,
    ) -> None:
        """Prepare for a network that was trained with these betas; see EulerDiscreteScheduler for each argument."""
        if prediction_type not in ("epsilon", "v_prediction", "sample"):
            raise ValueError(f"prediction_type is epsilon, v_prediction or sample; got {prediction_type}")
        noise: Any = EulerDiscreteScheduler(
            num_train_timesteps=num_train_timesteps,
            beta_start=beta_start,
            beta_end=beta_end,
            beta_schedule=beta_schedule,
            trained_betas=trained_betas,
            use_karras_sigmas=use_karras_sigmas,
            use_exponential_sigmas=use_exponential_sigmas,
            use_beta_sigmas=use_beta_sigmas,
            timestep_spacing=timestep_spacing,
            steps_offset=steps_offset,
            rescale_betas_zero_snr=rescale_betas_zero_snr,
        )
        self._noise = noise
        self.betas: torch.Tensor = noise.betas
        self.alphas_cumprod: torch.Tensor = noise.alphas_cumprod
        kept = self.alphas_cumprod.double().numpy()
        self._trained_log_sigmas = np.log((1 - kept) / kept) / 2
        self.num_inference_steps: int | None = None
        self.denoised: torch.Tensor | None = None
        self.set_timesteps(num_train_timesteps if num_train_timesteps < 20 else 20)

    @property
    def sigma_min(self) -> float:
        """Return the smallest noise level the network was trained with."""
        return float(np.exp(self._trained_log_sigmas[0]))

    @property
    def sigma_max(self) -> float:
        """Return the largest noise level the network was trained with."""
        return float(np.exp(self._trained_log_sigmas[-1]))

    @property
    def init_noise_sigma(self) -> float:
        """Return the standard deviation of the noise that a run begins with."""
        first = self._step_inputs[0].sigma
        # "leading" begins below the largest noise level, where the image's own variance still counts.
        return float((first**2 + 1) ** 0.5) if self.config.timestep_spacing == "leading" else first

    @property
    def step_index(self) -> int | None:
        """Return the number of the current call, 0-based; None before the first."""
        return self._step_index

    @property
    def begin_index(self) -> int | None:
        """Return the number of the call that the run begins with; None if it was not set."""
        return self._begin_index

    def set_timesteps(self, num_inference_steps: int, device: str | torch.device | None = None) -> None:
        """Plan a run of `num_inference_steps` steps, 1 or more, with `timesteps` on `device`; forget the last run."""
        self._noise.set_timesteps(num_inference_steps)
        self.num_inference_steps = num_inference_steps
        self._levels: list[float] = self._noise.sigmas.double().tolist()
        self._step_inputs = self._plan(self._levels)
        self.timesteps = self._timesteps_of(self._step_inputs).to(device)
        self._begin_index: int | None = None
        self._step_index: int | None = None
        self.denoised = None

    def set_begin_index(self, begin_index: int = 0) -> None:
        """Begin with call `begin_index`, a multiple of `order`; the remaining steps are planned again.

        The time steps are replaced in place, so that slices which a pipeline took before show the new ones too.
        """
        if begin_index % self.order or not 0 <= begin_index < len(self.timesteps):
            raise ValueError(f"begin_index is a multiple of {self.order} below {len(self.timesteps)}")
        self._begin_index = begin_index
        if begin_index:
            step_inputs = self._plan(self._levels[begin_index // self.order :])
            self._step_inputs = [*self._step_inputs[:begin_index], *step_inputs]
            self.timesteps[begin_index:] = self._timesteps_of(step_inputs)

    def scale_model_input(self, sample: torch.Tensor, timestep: float | torch.Tensor | None = None) -> torch.Tensor:
        """Return `sample` at unit variance, as the network was trained to see it."""
        index = self._index(timestep)
        return sample / (self._step_inputs[index].sigma ** 2 + 1) ** 0.5

    def add_noise(
        self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Return `original_samples` at the noise level of the current call, or of the first before a run.

        If the begin index was not set, `timesteps` select the noise level.
        """
        if self._step_index is None and self._begin_index is None and timesteps is not None:
            found = [self._step_inputs[self._find(one)].sigma for one in timesteps.reshape(-1)]
            sigma = torch.tensor(found).reshape(-1, *[1] * (noise.ndim - 1)).to(noise)
            return original_samples + sigma * noise
        index = self._step_index if self._step_index is not None else self._begin_index or 0
        return original_samples + (self._step_inputs[index].sigma if index < len(self._step_inputs) else 0.0) * noise

    def step(
        self,
        model_output: torch.Tensor,
        timestep: float | torch.Tensor,
        sample: torch.Tensor,
        generator: Generators = None,
        return_dict: bool = True,
    ) -> SolverOutput | tuple[torch.Tensor, torch.Tensor]:
        """Take `sample`, (batch, channels, height, width), to the next call of the network.

        Args:
            model_output: the network's output for the scaled sample, of the same shape.
            timestep: the current one; only used in the first call.
            sample: the result of the previous step.
            generator: for samplers that add noise; with a list, one for each image, images do not depend on each other.
            return_dict: return a `SolverOutput`, otherwise a tuple of the same.
        """
        step_input = self._step_inputs[self._index(timestep)]
        exact = sample.to(torch.promote_types(sample.dtype, torch.float32))
        self.denoised = self._predict_x0(model_output, exact, step_input.sigma)
        result = self._advance(step_input, exact, self.denoised)
        if step_input.noise:
            fresh = randn_tensor(sample.shape, generator=generator, device=sample.device, dtype=model_output.dtype)
            result = result + step_input.noise * fresh
        return self._finish_step(result.to(model_output.dtype), return_dict)

    def __len__(self) -> int:
        """Return the number of time steps that the network was trained with."""
        return int(self.config.num_train_timesteps)

    def _plan(self, levels: Sequence[float]) -> list[StepInput]:
        """Return the calls of a run through the noise `levels`, one more than the remaining steps; the last is 0."""
        raise NotImplementedError

    def _advance(self, step_input: StepInput, sample: torch.Tensor, denoised: torch.Tensor) -> torch.Tensor:
        """Return the sample for the next call, before noise is added."""
        raise NotImplementedError

    def _predict_x0(self, model_output: torch.Tensor, sample: torch.Tensor, sigma: Any) -> torch.Tensor:
        """Return the network's prediction of x0 for `sample` at noise level `sigma`."""
        if self.config.prediction_type == "sample":
            return model_output.to(sample.dtype)
        if self.config.prediction_type == "v_prediction":  # Salimans and Ho 2022, appendix D
            return sample / (sigma**2 + 1) - model_output * (sigma / (sigma**2 + 1) ** 0.5)
        return sample - sigma * model_output

    def _finish_step(self, result: torch.Tensor, return_dict: bool) -> SolverOutput | tuple[torch.Tensor, torch.Tensor]:
        assert self._step_index is not None
        assert self.denoised is not None
        self._step_index += 1
        return SolverOutput(result, self.denoised) if return_dict else (result, self.denoised)

    def _index(self, timestep: float | torch.Tensor | None) -> int:
        if self._step_index is None:
            known = self._begin_index is not None or timestep is None
            self._step_index = self._begin_index or 0 if known else self._find(timestep)
        return self._step_index

    def _find(self, timestep: float | torch.Tensor | None) -> int:
        """Return the first call that begins a step at `timestep`."""
        distance = (self.timesteps.cpu() - torch.as_tensor(timestep).cpu()).abs()
        return int(distance[:: self.order].argmin()) * self.order

    def _timesteps_of(self, step_inputs: Sequence[StepInput]) -> torch.Tensor:
        return torch.tensor(
            self._timestep_of_sigma([step_input.sigma for step_input in step_inputs]), dtype=torch.float32
        )

    def _timestep_of_sigma(self, sigmas: Sequence[float] | np.ndarray) -> np.ndarray:
        """Return the training time steps of noise levels, interpolated over log(sigma)."""
        log_sigmas = np.log(np.maximum(sigmas, 1e-10))
        return np.interp(log_sigmas, self._trained_log_sigmas, np.arange(len(self._trained_log_sigmas)))
