"""Figures outside their range are told, those that were not measured are not."""

import pytest

from sdsite.devtools.bench.gpu.checks import CHECKS, Check, Expected


@pytest.mark.parametrize(
    ("expected", "found", "words"),
    [
        (Expected("speed", 10, 20), {"speed": 9.0}, "speed is 9, expected at least 10"),
        (Expected("speed", 10, 20), {"speed": 21.0}, "speed is 21, expected at most 20"),
        (Expected("speed", 10, 20), {"speed": 20.0}, ""),
        (Expected("speed", 10, 20), {}, ""),
        (Expected("alike", equal=True), {"alike": False}, "alike is False, expected True"),
        (Expected("failed", equal=[]), {"failed": ["one"]}, "failed is ['one'], expected []"),
        (Expected("failed", equal=[]), {"failed": []}, ""),
    ],
)
def test_a_difference_names_figure_and_range(expected, found, words):
    assert expected.difference(found) == words


def test_figures_of_time_do_not_judge_tiny_checkpoints():
    timed = Check(lambda bench: {}, 1, timed=[Expected("speed", 10)])
    assert timed.differences({"speed": 1.0}, tiny=True) == []
    assert timed.differences({"speed": 1.0}, tiny=False) == ["speed is 1, expected at least 10"]


def test_all_checks_fit_into_the_time_that_is_given_by_default():
    assert sum(check.seconds for check in CHECKS) <= 8 * 60 + 120  # the last ones are left out on a slow card
    assert all(check.summary.endswith(".") for check in CHECKS)
