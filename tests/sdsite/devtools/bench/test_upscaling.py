"""The upscaling bench compares networks and tiles with Lanczos."""

import re

from tests.support.up_process import manage


def test_upscaling_compares_networks_and_tiles_with_lanczos(tmp_path):
    words = ("--side", "48", "--rounds", "1", "--tiles", "0", "32", "--networks", "animevideov3")
    ran = manage(tmp_path / "data", "bench", "upscaling", *words)
    assert ran.returncode == 0, ran.stderr
    assert "48x48 to 192x192" in ran.stdout
    rows = re.findall(r"^(\S+) +(\d+|free|) +(\d+) +[\d.]+ s +\d+x$", ran.stdout, re.MULTILINE)
    assert rows == [("lanczos", "", "1"), ("animevideov3", "free", "1"), ("animevideov3", "32", "4")]
