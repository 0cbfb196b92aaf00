"""A short chaos run with real processes. `manage.py chaos` without arguments is the long one."""

import pytest

from tests.sdsite.devtools.chaos.conftest import count_faults, run_chaos_inside


@pytest.mark.timeout(500)
def test_nothing_is_lost_and_nothing_doubled(prepared_python, tmp_path):
    # On a busy machine the run takes longer: without a bound, that would be faults enough to lose one job three times.
    printed = run_chaos_inside(prepared_python, tmp_path / "data", "--seed=11", "--minutes=0.5")
    assert "sqlite" in printed
    assert count_faults(printed) >= 2
