"""A denoiser whose exact answer is known, and runs of a scheduler with it."""

import math

import torch
from diffusers import EulerDiscreteScheduler

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


MEAN = torch.tensor([0.5, -0.3, 0.1, 0.8], dtype=torch.float64).reshape(1, 4, 1, 1)


SPREAD = torch.tensor([0.2, 0.6, 1.0, 0.05], dtype=torch.float64).reshape(1, 4, 1, 1)


SPACINGS = {
    "normal": {},
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "beta": {"use_beta_sigmas": True},
}


def denoiser(x, sigma):
    return (x * SPREAD**2 + MEAN * sigma**2) / (SPREAD**2 + sigma**2)


def exact(x, sigma_from, sigma_to):
    """Return the end of the probability flow from x: the solution in closed form."""
    return MEAN + (x - MEAN) * ((SPREAD**2 + sigma_to**2) / (SPREAD**2 + sigma_from**2)).sqrt()


def answer(scheduler, seen, x, sigma):
    """Return a network's output for `seen`, in the prediction type of the scheduler."""
    clean = denoiser(x, sigma)
    noise = (x - clean) / sigma
    if scheduler.config.prediction_type == "epsilon":
        return noise
    if scheduler.config.prediction_type == "sample":
        return clean
    signal = 1 / (1 + sigma**2) ** 0.5
    assert torch.allclose(seen, x * signal)
    return signal * noise - sigma * signal * clean


def sigma_of(scheduler, timestep):
    """Return the noise levels of time steps, from the betas alone."""
    kept = scheduler.alphas_cumprod.double()
    logs = (((1 - kept) / kept).log() / 2).numpy()
    times = torch.as_tensor(timestep).double().reshape(-1)
    return torch.tensor([math.exp(_interpolated(float(time), logs)) for time in times])


def _interpolated(time, logs):
    lower = min(int(time), len(logs) - 2)
    return logs[lower] + (time - lower) * (logs[lower + 1] - logs[lower])


def run(scheduler, x, *, timesteps=None, generators=None, calls=None):
    """Loop as a pipeline does, with the doubled rows of guidance; return the end, add each call's sigmas to `calls`."""
    for timestep in scheduler.timesteps if timesteps is None else timesteps:
        rows = torch.cat([x] * 2)
        seen = scheduler.scale_model_input(rows, timestep)
        # float32 time steps would blur the comparison: the noise level is read off the scaling where there is one.
        sigma = ((rows / seen) ** 2 - 1).sqrt()[:, :1, :1, :1]
        assert torch.allclose(sigma.flatten(), sigma_of(scheduler, timestep.expand(len(rows))).to(x.dtype), rtol=1e-3)
        output = answer(scheduler, seen, rows, sigma)[: len(x)]
        x = scheduler.step(output, timestep, x, generator=generators, return_dict=False)[0]
        if calls is not None:
            calls.append(sigma[: len(x)].flatten())
    return x


def made(kind, steps, **config):
    scheduler = kind(**BETAS, **config)
    scheduler.set_timesteps(steps)
    return scheduler


def start(scheduler, seeds=(0,), side=3):
    """Return the first sample and the generators that continue from there, one for each image."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    noise = [torch.randn(1, 4, side, side, generator=one, dtype=torch.float64) for one in generators]
    return torch.cat(noise) * scheduler.init_noise_sigma, generators


def drawn_from(generator, shape):
    return lambda: torch.randn(shape, generator=generator, dtype=torch.float64)


def levels(steps, schedule):
    """Return diffusers' own noise levels for a schedule."""
    plain = EulerDiscreteScheduler(**BETAS, **SPACINGS[schedule])
    plain.set_timesteps(steps)
    return plain.sigmas.double().tolist()
