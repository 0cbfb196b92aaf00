"""Rows of measured speeds: classes of sizes, medians, images a second."""

import pytest

from generation.models import MeasuredSpeed
from generation.models.measured_speed import size_class


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((512, 512), (512, 512), True),
        ((512, 768), (768, 512), True),
        ((512, 512), (520, 512), True),
        ((512, 512), (576, 512), False),
        ((1024, 1024), (1024, 1152), False),
    ],
)
def test_sizes_of_nearly_the_same_pixels_are_one_class(one, other, same):
    assert (size_class(*one) == size_class(*other)) is same


def test_a_larger_size_is_never_of_a_smaller_class():
    classes = [size_class(side, 64) for side in range(0, 4097, 8)]
    assert classes == sorted(classes)
    assert classes[0] == 0


@pytest.mark.parametrize(
    ("latest", "step", "rest"),
    [
        ([(1.0, None)], 1.0, None),
        ([(9.0, 3.0), (1.0, None)], 1.0, 3.0),
        ([(1.0, 1.0), (2.0, 2.0), (99.0, 99.0)], 2.0, 2.0),
        ([(99.0, 1.0), (1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (4.0, 1.0), (5.0, 1.0)], 3.0, 1.0),
    ],
)
def test_the_medians_of_the_newest_runs_are_kept(latest, step, rest):
    row = MeasuredSpeed()
    row.keep(latest)
    assert (row.step_seconds, row.rest_seconds) == (step, rest)
    assert len(row.latest) <= MeasuredSpeed.KEPT


def test_images_a_second_count_the_whole_call():
    assert MeasuredSpeed(images=4, step_seconds=0.1, rest_seconds=2.0).images_per_second(20) == 1.0
    assert MeasuredSpeed(images=4, step_seconds=0.1).images_per_second(20) == 2.0
    assert MeasuredSpeed(images=1, step_seconds=0.0).images_per_second(20) > 0
