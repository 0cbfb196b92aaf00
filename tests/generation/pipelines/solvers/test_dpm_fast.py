"""DPM fast agrees with its published algorithm."""

import pytest

from generation.pipelines import solvers
from tests.generation.pipelines.solvers.conftest import denoiser, made, run, start
from tests.support import reference_samplers as reference

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2


@pytest.mark.parametrize("calls", [1, 2, 3, 4, 5, 6, 20, 21, 22])
def test_dpm_fast_is_the_published_one(calls):
    scheduler = made(solvers.DPMFastScheduler, calls)
    x, _ = start(scheduler)
    expected = reference.dpm_fast(denoiser, x, scheduler.sigma_min, scheduler.sigma_max, calls)
    assert len(scheduler.timesteps) == calls
    assert (run(scheduler, x) - expected).abs().max() < 1e-5
