"""The measurement of the gallery on a real site; durations are not tested."""

import re
import sqlite3
from contextlib import closing

from tests.support.up_process import manage_inside


def test_few_and_many_images_are_compared_and_the_database_is_kept(prepared_python, tmp_path):
    words = ("--runs", "1", "--only", "tiles, first", "--keep", str(tmp_path / "kept"), "--few", "40", "--images", "80")
    ran = manage_inside(prepared_python, tmp_path / "data", "bench", "gallery", *words)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^\| tiles, first 500 +\|( +\d+ / +\d+ \|){2} +[\d.]+ \|$", ran.stdout, re.MULTILINE)
    with closing(sqlite3.connect(tmp_path / "kept" / "sdsite.sqlite3")) as kept:
        assert kept.execute("SELECT count(*) FROM gallery_image").fetchone() == (80,)
