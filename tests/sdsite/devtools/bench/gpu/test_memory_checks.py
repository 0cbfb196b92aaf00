"""Checks of memory and equality tell equal images from others."""

import numpy as np
import pytest

from sdsite.devtools.bench.gpu import memory_checks


def test_the_same_seed_is_found_at_each_place_of_a_batch(bench):
    found = memory_checks.same_seed(bench)
    assert found["strict_equal"]
    assert found["short_of_memory_equal"]
    assert found["places_psnr"] > 45


def test_noise_between_images_is_measured_in_decibels():
    black = np.zeros((8, 8, 3), np.uint8)
    assert memory_checks.psnr(black, black) == 99
    assert memory_checks.psnr(black, black + 255) == pytest.approx(0)


@pytest.mark.nightly
def test_decoding_is_timed_for_each_number_of_images(bench):
    found = memory_checks.decoding(bench)
    assert set(found) == {f"{name}_{count}" for name in ("seconds", "decode_seconds") for count in (1, 2, 4)}
