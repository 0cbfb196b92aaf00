"""Noise levels of the schedules that diffusers does not have."""

import numpy as np
import pytest

from generation.pipelines.noise_levels import SPACINGS, align_your_steps

LOWEST, HIGHEST = 0.029, 14.615


@pytest.mark.parametrize("schedule", [*SPACINGS])
@pytest.mark.parametrize("number", [1, 2, 9, 250])
@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_levels_fall_from_the_highest_and_stay_above_the_lowest(schedule, number, family):
    found = SPACINGS[schedule](number, LOWEST, HIGHEST, family)
    assert len(found) == number
    assert found[0] == pytest.approx(HIGHEST)
    assert (np.diff(found) < 0).all()
    assert found[-1] >= LOWEST * 0.999


def test_between_two_levels_of_the_table_lies_their_geometric_mean():
    found = align_your_steps(20, LOWEST, HIGHEST, "sd")
    assert found[:3] == pytest.approx([14.615, (14.615 * 6.475) ** 0.5, 6.475])


def test_the_table_is_stretched_to_other_networks():
    found = align_your_steps(10, LOWEST, 80.0, "sd")
    assert found[0] == pytest.approx(80)
    assert found[-1] > LOWEST
