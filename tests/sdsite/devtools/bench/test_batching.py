"""The batching bench runs every job alone and in a batch."""

import re

from tests.support.up_process import manage_inside


def test_batching_runs_every_job_with_and_without(prepared_python, tmp_path):
    words = ("--jobs", "4", "--people", "2", "--steps", "2", "--rounds", "1", "--learning", "1")
    ran = manage_inside(prepared_python, tmp_path / "data", "bench", "batching", *words)
    assert ran.returncode == 0, ran.stderr
    assert "batching off" in ran.stdout
    assert "together 4 by 1" in ran.stdout
    assert "learning, batching  on" in ran.stdout
    assert re.search(r"^round 1, batching  on: .* together \d by \d", ran.stdout, re.MULTILINE)
    assert re.search(r"^median: off [\d.]+, on [\d.]+ images a second, ratio [\d.]+$", ran.stdout, re.MULTILINE)
