"""The overhead bench runs and prints its measurements; their values are not tested."""

import re

import pytest

from tests.support.up_process import manage


@pytest.mark.nightly
def test_overhead_prints_both_times_and_their_ratio_and_touches_no_data_of_the_site(tmp_path):
    ran = manage(tmp_path / "data", "bench", "overhead", "--runs", "1", "--counts", "2", "--steps", "3")
    assert ran.returncode == 0, ran.stderr
    call, job, ratio = map(
        float, re.search(r"^ +2 +([\d.]+) s +([\d.]+) s +([\d.]+) ", ran.stdout, re.MULTILINE).groups()
    )
    assert job > 0
    assert abs(ratio - job / call) < 0.1 * ratio
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]
