"""A short chaotic day with real processes. `manage.py chaos` without arguments is the long one."""

from tests.sdsite.devtools.chaos.conftest import day, disasters


def test_nothing_is_lost_and_nothing_doubled_on_a_bad_day(tmp_path):
    printed = day(tmp_path, "--seed=11")
    assert "sqlite" in printed
    assert disasters(printed) >= 2
