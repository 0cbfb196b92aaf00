"""Timesteps that change while they are used behave as a tensor."""

import pytest
import torch

from generation.pipelines import solvers
from generation.pipelines.solvers.live_timesteps import LiveTimesteps
from tests.generation.pipelines.solvers.conftest import made

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2


def test_live_time_steps_are_a_tensor_in_all_other_ways():
    scheduler = made(solvers.DPMAdaptiveScheduler, 4)
    steps = scheduler.timesteps
    assert isinstance(steps[3:], LiveTimesteps)
    assert type(steps[3]) is torch.Tensor
    assert steps[:1].repeat(2).shape == (2,)
    assert len(steps) == 12
    assert type(steps * 1.0) is torch.Tensor
    assert len(list(steps)) == 12, "nobody steps, so the plan is told"
