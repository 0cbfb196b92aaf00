"""A short chaos run with real processes. `manage.py chaos` without arguments is the long one."""

import pytest

from tests.sdsite.devtools.chaos.conftest import count_faults, run_chaos


@pytest.mark.timeout(500)
def test_nothing_is_lost_and_nothing_doubled(tmp_path):
    printed = run_chaos(tmp_path, "--seed=11")
    assert "sqlite" in printed
    assert count_faults(printed) >= 2
