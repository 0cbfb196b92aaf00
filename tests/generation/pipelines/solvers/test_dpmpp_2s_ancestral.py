"""DPM++ 2S ancestral agrees with its published algorithm."""

import pytest

from generation.pipelines import solvers
from tests.generation.pipelines.solvers.conftest import SPACINGS, denoiser, drawn_from, levels, made, run, start
from tests.support import reference_samplers as reference

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2


@pytest.mark.parametrize("schedule", SPACINGS)
@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
def test_dpmpp_2s_ancestral_is_the_published_one(schedule, prediction):
    scheduler = made(solvers.DPMPP2SAncestralScheduler, 12, prediction_type=prediction, **SPACINGS[schedule])
    x, generators = start(scheduler)
    _, twins = start(scheduler)
    expected = reference.dpmpp_2s_ancestral(denoiser, x, levels(12, schedule), drawn_from(twins[0], x.shape))
    assert len(scheduler.timesteps) == 2 * 12 - 1
    assert (run(scheduler, x, generators=generators) - expected).abs().max() < 1e-5
