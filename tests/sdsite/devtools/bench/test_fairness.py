"""The fairness bench measures the shares that the weights give."""

import re

import pytest

from tests.support.up_process import manage


@pytest.mark.nightly
def test_shares_are_what_the_weights_say(tmp_path):
    ran = manage(tmp_path / "data", "bench", "fairness", "--jobs", "400", "--people", "2", "--workers", "2")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"off by [\d.]+%; limit 10%", ran.stdout)
