"""Solvers against the published formulas, on data whose best denoiser has a closed form.

Images are Gaussian, of mean MEAN and standard deviation SPREAD for each channel; then the denoised image of
x = x0 + sigma * noise is the posterior mean (x * s^2 + m * sigma^2) / (s^2 + sigma^2).
"""

import math

import pytest
import torch

from generation.pipelines import solvers
from generation.pipelines.solvers.base import SigmaSpaceScheduler
from tests.generation.pipelines.solvers.conftest import MEAN, SPREAD, exact, levels, made, run, sigma_of, start

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2


@pytest.mark.parametrize(
    ("kind", "steps", "config"),
    [(solvers.DPMFastScheduler, 48, {}), (solvers.RestartScheduler, 9, {"use_karras_sigmas": True})],
    ids=["dpm_fast", "heun within restart"],
)
def test_twice_the_steps_leave_a_quarter_of_the_error(kind, steps, config):
    """Both are of second order as a whole: DPM fast ends with one step of first order."""
    errors = []
    for number in (steps, 2 * steps):
        scheduler = made(kind, number, **config)
        x, _ = start(scheduler)
        lowest = 0.0 if config else scheduler.sigma_min
        errors.append(float((run(scheduler, x) - exact(x, scheduler.init_noise_sigma, lowest)).abs().mean()))
    assert math.log2(errors[0] / errors[1]) > 1.7
    assert errors[1] < 0.01


KINDS = [one for one in (getattr(solvers, name) for name in solvers.__all__) if issubclass(one, SigmaSpaceScheduler)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("begin", [1, 6, 11])
def test_beginning_in_the_middle_denoises_from_there(kind, begin):
    """As in image-to-image pipelines: slice the time steps, set the begin index, add noise, loop."""
    scheduler = made(kind, 12)
    rest = scheduler.timesteps[begin * kind.order :]
    scheduler.set_begin_index(begin * kind.order)
    generator = torch.Generator().manual_seed(0)
    truth = MEAN + SPREAD * torch.randn(1, 4, 24, 24, generator=generator, dtype=torch.float64)
    noise = torch.randn(truth.shape, generator=generator, dtype=torch.float64)
    level = levels(12, "normal")[begin]
    x = scheduler.add_noise(truth, noise, rest[:1])
    assert torch.allclose(x, truth + level * noise, rtol=1e-4)
    assert float(sigma_of(scheduler, rest[:1])[0]) == pytest.approx(level, rel=1e-3)
    found = run(scheduler, x, timesteps=rest, generators=[generator])
    # The result is as likely as the input; with little noise it is the same.
    assert torch.allclose(found.mean((2, 3)), MEAN[..., 0, 0], atol=0.1)
    assert torch.allclose(found.std((2, 3)), SPREAD[..., 0, 0], atol=0.12)
    if begin == 11:
        assert (found - truth).abs().mean() < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_half_precision_comes_back_as_such(kind):
    scheduler = made(kind, 4)
    x = torch.randn(1, 4, 2, 2, dtype=torch.float16)
    timestep = next(iter(scheduler.timesteps))
    assert scheduler.scale_model_input(x, timestep).dtype == torch.float16
    assert scheduler.step(x, timestep, x).prev_sample.dtype == torch.float16


def test_an_unknown_prediction_type_is_refused():
    with pytest.raises(ValueError, match="prediction_type is epsilon, v_prediction or sample"):
        solvers.RestartScheduler(prediction_type="flow_prediction")


def test_beginning_within_a_step_is_refused():
    scheduler = made(solvers.RestartScheduler, 5)
    with pytest.raises(ValueError, match="multiple of 2 below 9"):
        scheduler.set_begin_index(3)
