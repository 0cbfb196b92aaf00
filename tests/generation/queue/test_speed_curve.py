"""The curve of seconds by pixels and images: positive, never falling, near what was measured, and bounded in doubt."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.queue.speed_curve import Sample, Shape, SpeedCurve

SHAPES = (Shape(0.74, spread=1.0, q=6), Shape(0.005, spread=1.5, q=1), Shape(0.25, spread=1.0, q=1))
shapes = st.sampled_from(SHAPES)
megapixels = st.floats(0.004, 17)
images = st.integers(1, 16)
seconds = st.floats(1e-4, 1e4)
samples = st.lists(
    st.builds(
        lambda each, count, took, weight: Sample(each * count, count, took, weight),
        megapixels,
        images,
        seconds,
        st.floats(0.1, 1),
    ),
    min_size=1,
    max_size=12,
)


@given(samples, shapes, megapixels, megapixels, images, images)
def test_more_pixels_or_images_never_take_less(found, shape, one, other, few, many):
    curve = SpeedCurve(found, shape)
    (small, large), (few, many) = sorted([one, other]), sorted([few, many])
    at = curve.seconds(small, few)
    assert at > 0
    assert math.isfinite(at)
    assert curve.seconds(large, few) >= at * (1 - 1e-9)
    assert curve.seconds(small, many) >= at * (1 - 1e-9)


@given(shapes, megapixels, images, seconds)
def test_what_was_measured_is_predicted(shape, each, count, took):
    curve = SpeedCurve([Sample(each * count, count, took, 1.0)], shape)
    assert curve.seconds(each, count) == pytest.approx(took, rel=1e-6)


@given(shapes, megapixels, seconds, st.floats(1 / 100, 100))
def test_a_measurement_that_is_off_moves_other_sizes_no_further_than_it_is_off(shape, each, took, off):
    exact = SpeedCurve([Sample(each, 1, took, 1.0)], shape)
    wrong = SpeedCurve([Sample(each, 1, took, 1.0), Sample(each, 1, took * off, 0.5)], shape)
    for size in (each / 4, each, each * 4):
        assert abs(math.log(wrong.seconds(size, 1) / exact.seconds(size, 1))) <= abs(math.log(off)) + 1e-6


def test_batches_of_one_size_show_where_a_step_begins_to_follow_the_pixels():
    """The prior expects a knee at 0.74 megapixels; the device has it at 0.1."""

    def took(x):
        return max(0.1, x)

    alone = SpeedCurve([Sample(0.05, 1, took(0.05), 0.9)], SHAPES[0])
    batches = SpeedCurve([Sample(0.05 * n, n, took(0.05 * n), 0.9) for n in (1, 2, 4, 8)], SHAPES[0])
    assert alone.seconds(1.0, 1) < 0.25
    assert batches.seconds(1.0, 1) == pytest.approx(1.0, rel=0.25)


def test_between_two_sizes_the_curve_keeps_its_bend():
    def took(x):
        return max(1.0, x / 0.74)

    curve = SpeedCurve([Sample(x, 1, took(x), 0.9) for x in (0.1, 4.2)], SHAPES[0])
    assert curve.seconds(0.5, 1) == pytest.approx(1.0, rel=0.1)
    assert curve.seconds(1.5, 1) == pytest.approx(took(1.5), rel=0.1)


def test_a_batch_size_that_was_measured_counts_more_than_others_of_as_many_pixels():
    found = [Sample(1.0, 1, 2.0, 0.9), Sample(1.0, 4, 1.6, 0.9)]
    curve = SpeedCurve(found, SHAPES[0])
    assert curve.seconds(1.0, 1) == pytest.approx(2.0, rel=0.1)
    assert curve.seconds(0.25, 4) == pytest.approx(1.6, rel=0.1)
