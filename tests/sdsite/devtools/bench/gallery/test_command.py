"""The measurement of the gallery on a real site; durations are not tested."""

import re
import sys

import pytest
from django.core.management.base import CommandError

from sdsite.devtools.bench.gallery import command as gallery
from sdsite.management.commands.bench import Command
from tests.support.up_process import manage_inside


def test_few_and_many_images_are_compared(prepared_python, tmp_path):
    words = ("--few", "40", "--images", "80", "--runs", "1", "--only", "tiles, first")
    ran = manage_inside(prepared_python, tmp_path / "data", "bench", "gallery", *words)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^\| tiles, first 500 +\|( +\d+ / +\d+ \|){2} +[\d.]+ \|$", ran.stdout, re.MULTILINE)


def test_a_kept_database_is_gone_on_with_and_never_that_of_a_site(tmp_path, monkeypatch):
    program = "import os, pathlib; pathlib.Path(os.environ['SDSITE_DATA'], 'filled').open('a').write('.')"
    monkeypatch.setattr(sys, "argv", ["-c", program])  # in place of manage.py, which the command starts again
    kept, site = tmp_path / "kept", tmp_path / "site"
    for _ in range(2):
        Command()._run_again(gallery, "", str(kept))
    assert (kept / "filled").read_text() == ".."
    site.mkdir()
    (site / "sdsite.sqlite3").touch()
    with pytest.raises(CommandError, match="has other files"):
        Command()._run_again(gallery, "", str(site))
    assert [file.name for file in site.iterdir()] == ["sdsite.sqlite3"]
