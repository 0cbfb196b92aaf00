"""DDIM with any eta: Song et al. 2020, equations 12 and 16, with the noise of a step bounded by what the step leaves.

Above eta 1 equation 16 would add more noise than the sample may have at the next noise level.
"""

from typing import Any

import torch
from diffusers import DDIMScheduler


class BoundedDDIMScheduler(DDIMScheduler):
    """diffusers' DDIM; up to eta 1 it computes the same."""

    alphas_cumprod: torch.Tensor
    final_alpha_cumprod: torch.Tensor
    _eta = 0.0

    def step(  # noqa: PLR0917  (pipelines read the signature to learn which arguments a scheduler takes)
        self,
        model_output: torch.Tensor,
        timestep: Any,
        sample: torch.Tensor,
        eta: float = 0.0,
        generator: Any = None,
        return_dict: bool = True,
    ) -> Any:
        """Take `sample` to the next time step; see DDIMScheduler. `eta`: 0 or more."""
        self._eta = eta
        ddim: Any = super()
        return ddim.step(model_output, timestep, sample, eta, generator=generator, return_dict=return_dict)

    def _get_variance(self, timestep: int, prev_timestep: int) -> torch.Tensor:
        ddim: Any = super()
        variance: torch.Tensor = ddim._get_variance(timestep, prev_timestep)
        if self._eta <= 1:
            return variance
        kept = self.alphas_cumprod[prev_timestep] if prev_timestep >= 0 else self.final_alpha_cumprod
        return torch.minimum(variance, (1 - kept) / self._eta**2 * (1 - 1e-6))
