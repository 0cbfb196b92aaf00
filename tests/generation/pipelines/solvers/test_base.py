"""Own schedulers against the published formulas, on data whose best denoiser is known in closed form.

Pictures are Gaussian, of mean MEAN and standard deviation SPREAD for each channel; then the denoised picture of
x = x0 + sigma * noise is the posterior mean (x * s^2 + m * sigma^2) / (s^2 + sigma^2).
"""

import math

import pytest
import torch
from diffusers import EulerDiscreteScheduler

from generation.pipelines import solvers
from generation.pipelines.solvers.live_timesteps import LiveTimesteps
from tests.support import reference_samplers as reference

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2

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
    """Return where the probability flow takes x: the solution in closed form."""
    return MEAN + (x - MEAN) * ((SPREAD**2 + sigma_to**2) / (SPREAD**2 + sigma_from**2)).sqrt()


def answer(scheduler, seen, x, sigma):
    """Return what a network would say about `seen`, in the way the scheduler expects it."""
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
    """Return the noise levels that time steps stand for, by the betas alone."""
    kept = scheduler.alphas_cumprod.double()
    logs = (((1 - kept) / kept).log() / 2).numpy()
    times = torch.as_tensor(timestep).double().reshape(-1)
    return torch.tensor([math.exp(_interpolated(float(time), logs)) for time in times])


def _interpolated(time, logs):
    lower = min(int(time), len(logs) - 2)
    return logs[lower] + (time - lower) * (logs[lower + 1] - logs[lower])


def run(scheduler, x, *, timesteps=None, generators=None, calls=None):
    """Walk as a pipeline does, with the doubled rows of guidance; return the end, add each call's sigmas to `calls`."""
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
    """Return the first sample and the generators that go on from there, one an image."""
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


@pytest.mark.parametrize("schedule", SPACINGS)
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_dpmpp_2s_ancestral_is_the_published_one(schedule, prediction):
    scheduler = made(solvers.DPMPP2SAncestralScheduler, 12, prediction_type=prediction, **SPACINGS[schedule])
    x, generators = start(scheduler)
    _, twins = start(scheduler)
    expected = reference.dpmpp_2s_ancestral(denoiser, x, levels(12, schedule), drawn_from(twins[0], x.shape))
    assert len(scheduler.timesteps) == 2 * 12 - 1
    assert (run(scheduler, x, generators=generators) - expected).abs().max() < 1e-5


@pytest.mark.parametrize("calls", [1, 2, 3, 4, 5, 6, 20, 21, 22])
def test_dpm_fast_is_the_published_one(calls):
    scheduler = made(solvers.DPMFastScheduler, calls)
    x, _ = start(scheduler)
    expected = reference.dpm_fast(denoiser, x, scheduler.sigma_min, scheduler.sigma_max, calls)
    assert len(scheduler.timesteps) == calls
    assert (run(scheduler, x) - expected).abs().max() < 1e-5


def test_dpm_adaptive_is_the_published_one():
    scheduler = made(solvers.DPMAdaptiveScheduler, 100)
    x, _ = start(scheduler)
    expected, accepted, rejected = reference.dpm_adaptive(denoiser, x, scheduler.sigma_min, scheduler.sigma_max)
    assert rejected > 0, "the example is too easy"
    calls = []
    assert (run(scheduler, x, calls=calls) - expected).abs().max() < 1e-5
    assert len(calls) == 3 * (accepted + rejected)
    assert scheduler.finished
    assert scheduler.progress == 1


@pytest.mark.parametrize("steps", [12, 19, 20, 30, 36, 50])
@pytest.mark.parametrize("schedule", ["normal", "karras"])
def test_restart_is_the_published_one(steps, schedule):
    scheduler = made(solvers.RestartScheduler, steps, **SPACINGS[schedule])
    x, generators = start(scheduler)
    _, twins = start(scheduler)
    full = levels(steps, schedule)
    length, times = (steps // 4, 2) if steps >= 36 else (9, 1) if steps >= 20 else (0, 0)
    intervals = {0.1: (length, times, 2.0)} if times else {}
    if not times:
        main = full
    elif schedule == "karras":
        main = reference.karras(steps - length * times, full[-2], full[0])
    else:
        main = levels(steps - length * times, "normal")
    expected = reference.restart(denoiser, x, main, drawn_from(twins[0], x.shape), intervals)
    assert len(scheduler.timesteps) == 2 * steps - 1
    assert (run(scheduler, x, generators=generators) - expected).abs().max() < 2e-5


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


def test_adaptive_steps_follow_each_image_not_its_neighbours():
    """A hard image beside an easy one: each takes the steps it takes alone, and rests when it has arrived."""
    hardness = {0: 0.1, 1: 1.0, 2: 30.0}  # noise of less variance than expected takes fewer tries
    alone = {}
    for seed, factor in hardness.items():
        scheduler = made(solvers.DPMAdaptiveScheduler, 60)
        calls = []
        alone[seed] = run(scheduler, start(scheduler, [seed])[0] * factor, calls=calls), torch.stack(calls)[:, 0]
    assert len(alone[0][1]) < len(alone[1][1])
    for seeds in ((0, 1, 2), (2, 0, 1)):
        scheduler = made(solvers.DPMAdaptiveScheduler, 60)
        factors = torch.tensor([hardness[seed] for seed in seeds]).reshape(-1, 1, 1, 1)
        calls = []
        together = run(scheduler, start(scheduler, seeds)[0] * factors, calls=calls)
        assert len(calls) == max(len(own) for _, own in alone.values())
        for row, seed in enumerate(seeds):
            found, own = alone[seed]
            assert torch.allclose(torch.stack(calls)[: len(own), row], own)
            assert (together[row] - found[0]).abs().max() < 1e-7


@pytest.mark.parametrize("tries", [1, 2, 3, 6, 10])
def test_adaptive_arrives_within_the_tries_it_has(tries):
    scheduler = made(solvers.DPMAdaptiveScheduler, tries)
    x, _ = start(scheduler)
    calls = []
    found = run(scheduler, x, calls=calls)
    assert len(calls) <= 3 * tries
    assert scheduler.finished
    assert torch.isfinite(found).all()
    if tries >= 6:
        assert (found - exact(x, scheduler.sigma_max, scheduler.sigma_min)).abs().mean() < 0.05


def test_adaptive_progress_never_goes_back():
    scheduler = made(solvers.DPMAdaptiveScheduler, 60)
    x, _ = start(scheduler)
    told = [scheduler.progress]
    for timestep in scheduler.timesteps:
        sigma = float(sigma_of(scheduler, timestep)[0])
        x = scheduler.step((x - denoiser(x, sigma)) / sigma, timestep, x).prev_sample
        told.append(scheduler.progress)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 1)


def test_adaptive_survives_a_network_that_answers_nonsense():
    scheduler = made(solvers.DPMAdaptiveScheduler, 5)
    x, _ = start(scheduler)
    calls = 0
    for timestep in scheduler.timesteps:
        calls += 1
        x = scheduler.step(torch.full_like(x, torch.nan), timestep, x).prev_sample
    assert calls <= 15


KINDS = [getattr(solvers, name) for name in solvers.__all__]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("begin", [1, 6, 11])
def test_beginning_in_the_middle_denoises_from_there(kind, begin):
    """As image-to-image pipelines do it: slice the time steps, say where to begin, add noise, walk."""
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
    # What comes out is as likely a picture as what went in; after little noise it is the same one.
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


def test_a_prediction_type_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="prediction_type is epsilon, v_prediction or sample"):
        solvers.RestartScheduler(prediction_type="flow_prediction")


def test_beginning_within_a_step_is_refused():
    scheduler = made(solvers.RestartScheduler, 5)
    with pytest.raises(ValueError, match="multiple of 2 below 9"):
        scheduler.set_begin_index(3)


def test_live_time_steps_are_a_tensor_in_all_else():
    scheduler = made(solvers.DPMAdaptiveScheduler, 4)
    steps = scheduler.timesteps
    assert isinstance(steps[3:], LiveTimesteps)
    assert type(steps[3]) is torch.Tensor
    assert steps[:1].repeat(2).shape == (2,)
    assert len(steps) == 12
    assert type(steps * 1.0) is torch.Tensor
    assert len(list(steps)) == 12, "nobody steps, so the plan is told"
