"""Scale of latents: from the autoencoder's numbers to the denoiser's and back, as the pipelines of each family do."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from generation.families.record import Latents


def scale(vae: Any, latents: Tensor, form: Latents) -> Tensor:
    """Return latents (n, c, height, width) at the denoiser's scale, from the autoencoder's.

    Where the scale differs between the pixels of a square (batch norm), each channel has that of all its pixels:
    `get_token_scale` tells what is left to do.
    """
    if form.normalisation == "statistics":
        mean, deviation = _statistics(vae, latents)
        return (latents - mean) / deviation
    if form.normalisation == "batch_norm":
        mean, deviation = (one[None, :, None, None].to(latents) for one in _over_pixels(vae, form))
        return (latents - mean) / deviation
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    scaled: Tensor = (latents - shift) * vae.config.scaling_factor
    return scaled


def unscale(vae: Any, latents: Tensor, form: Latents) -> Tensor:
    """Return latents with which a pipeline of a family ended at the autoencoder's scale."""
    if form.finished:
        return latents
    if form.normalisation == "statistics":
        middle, width = _statistics(vae, latents)
        return latents / (1.0 / width) + middle  # as diffusers has it, to the last bit
    config: Mapping[str, Any] = vae.config
    mean, deviation = config.get("latents_mean"), config.get("latents_std")
    if mean is not None and deviation is not None:
        middle, width = _statistics(vae, latents)
        return latents * width / config["scaling_factor"] + middle
    unscaled = latents / config["scaling_factor"]
    return unscaled + config["shift_factor"] if config.get("shift_factor") else unscaled


def get_token_scale(vae: Any, form: Latents) -> dict[str, np.ndarray]:
    """Return `factor` and `shift` that bring the numbers of a token to the scale of `scale`; nothing if they are."""
    if form.normalisation != "batch_norm":
        return {}
    own_mean, own_deviation = _batch_norm(vae)
    mean, deviation = (one.repeat_interleave(form.patch**2) for one in _over_pixels(vae, form))
    found = {"factor": own_deviation / deviation, "shift": (own_mean - mean) / deviation}
    return {name: one.cpu().numpy() for name, one in found.items()}


def add_frames(images: Tensor, form: Latents) -> Tensor:
    """Return images or latents as videos of one frame, if the family's autoencoder takes those."""
    return images[:, :, None] if form.frames else images


def without_frames(images: Tensor, form: Latents) -> Tensor:
    """Return the first frame of each video, if there are frames."""
    return images[:, :, 0] if form.frames else images


def _statistics(vae: Any, latents: Tensor) -> tuple[Tensor, Tensor]:
    mean, deviation = (
        torch.tensor(vae.config[name]).view(1, -1, 1, 1).to(latents) for name in ("latents_mean", "latents_std")
    )
    return mean, deviation


def _batch_norm(vae: Any) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of each number of a token."""
    mean, variance = (one.detach().float() for one in (vae.bn.running_mean, vae.bn.running_var))
    return mean, torch.sqrt(variance + vae.config.batch_norm_eps)


def _over_pixels(vae: Any, form: Latents) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of each channel over the pixels of a token's square."""
    mean, deviation = (one.reshape(-1, form.patch**2) for one in _batch_norm(vae))
    middle = mean.mean(dim=1)
    return middle, torch.sqrt((deviation**2 + (mean - middle[:, None]) ** 2).mean(dim=1))
