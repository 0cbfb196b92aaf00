"""DPM adaptive agrees with its published algorithm and ends within its tries."""

import pytest
import torch

from generation.pipelines import solvers
from tests.generation.pipelines.solvers.conftest import denoiser, exact, made, run, sigma_of, start
from tests.support import reference_samplers as reference

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2


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


def test_adaptive_steps_follow_each_image_not_its_neighbours():
    """With a hard image and an easy one in a batch, each takes the same steps as alone and stays once finished."""
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
def test_adaptive_finishes_within_its_tries(tries):
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


def test_adaptive_survives_a_network_that_returns_nan():
    scheduler = made(solvers.DPMAdaptiveScheduler, 5)
    x, _ = start(scheduler)
    calls = 0
    for timestep in scheduler.timesteps:
        calls += 1
        x = scheduler.step(torch.full_like(x, torch.nan), timestep, x).prev_sample
    assert calls <= 15


class WithoutDoubles(torch.Tensor):
    """A tensor as on Apple's accelerators, which have no float64; what is moved to the CPU is an ordinary one."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function is torch.Tensor.cpu:
            return args[0].as_subclass(torch.Tensor)
        made = super().__torch_function__(function, types, args, kwargs or {})
        if isinstance(made, cls) and made.dtype == torch.float64:
            raise TypeError(
                "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64."
            )
        return made


def test_no_double_precision_is_used_on_the_device():
    scheduler = made(solvers.DPMAdaptiveScheduler, 6)
    x = start(scheduler)[0].float().as_subclass(WithoutDoubles)
    scheduler._begin(x, scheduler.sigma_max)
    scheduler._noises = [x * share for share in (1.0, 0.9, 0.8)]
    assert type(scheduler._finish_try()) is WithoutDoubles
