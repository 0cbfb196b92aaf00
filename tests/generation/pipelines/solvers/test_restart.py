"""Restart agrees with its published algorithm."""

import pytest

from generation.pipelines import solvers
from tests.generation.pipelines.solvers.conftest import SPACINGS, denoiser, drawn_from, levels, made, run, start
from tests.support import reference_samplers as reference

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2


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
