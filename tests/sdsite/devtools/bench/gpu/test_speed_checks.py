"""Checks of speed measure what they name."""

import pytest

from sdsite.devtools.bench.gpu import speed_checks


def test_the_time_inside_the_network_is_measured_too(bench):
    found = speed_checks.upscaling(bench)
    assert found["network_seconds"] > 0
    assert 0 <= found["host_share"] < 1


def test_the_speed_of_products_and_copies_is_measured(bench):
    found = speed_checks.device_speed(bench)
    assert found["tflops"] > 0
    assert found["pinned_gib_a_second"] > 0


@pytest.mark.nightly
def test_sizes_batches_modes_and_formats_are_measured(bench):
    assert speed_checks.sizes_and_batches(bench)["four_times_the_pixels"] > 0
    assert speed_checks.memory_modes(bench)["moved_gib"] > 0
    assert speed_checks.memory_formats(bench)["plain"] > 0
    assert speed_checks.overhead(bench)["ratio_every"] > 0
