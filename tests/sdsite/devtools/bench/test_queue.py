"""The queue bench runs and prints its measurements; their values are not tested."""

import re

import pytest

from tests.support.up_process import manage


@pytest.mark.nightly
def test_the_queue_is_timed_short_and_long(tmp_path):
    ran = manage(tmp_path / "data", "bench", "queue", "--short", "5", "--long", "40", "--owners", "3", "--runs", "2")
    assert ran.returncode == 0, ran.stderr
    for title in ("jobs of one user", "jobs of many users"):
        before, after, ratio = map(
            float, re.search(rf"{title} +claim +([\d.]+) +([\d.]+) +([\d.]+)$", ran.stdout, re.MULTILINE).groups()
        )
        assert abs(ratio - after / before) < 0.1 * ratio
