"""The measurement of the gallery on a real site; durations are not tested."""

import re

from tests.support.up_process import manage_inside


def test_few_and_many_images_are_compared(prepared_python, tmp_path):
    words = ("--few", "40", "--images", "80", "--runs", "1", "--only", "tiles, first")
    ran = manage_inside(prepared_python, tmp_path / "data", "bench", "gallery", *words)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^\| tiles, first 500 +\| +\d+ \| +\d+ \| +[\d.]+ \|$", ran.stdout, re.MULTILINE)
