"""The bench of hostile requests runs through all of them and measures meanwhile."""

import pytest

from sdsite.devtools.bench.hostile import REQUESTS
from tests.support.up_process import manage


@pytest.mark.nightly
def test_every_hostile_request_is_sent_and_answered(tmp_path):
    ran = manage(tmp_path / "data", "bench", "hostile", "--seconds", "1")
    assert ran.returncode == 0, ran.stderr
    assert "p99" in ran.stdout
    for who, build in REQUESTS.items():
        assert f"{who:>10} " in ran.stdout
        assert len(build()) > 5
    assert "a login of 30 MB: 413" in ran.stdout
    assert " 500 x" not in ran.stdout
