"""The latency bench sees every preview."""

import re

from tests.support.up_process import manage_inside


def test_latency_sees_every_preview(prepared_python, tmp_path):
    words = ("--jobs", "2", "--steps", "4", "--viewers", "3")
    ran = manage_inside(prepared_python, tmp_path / "data", "bench", "latency", *words)
    assert ran.returncode == 0, ran.stderr
    assert "24 previews of 24 expected" in ran.stdout
    assert "3 viewers: the last heard the end" in ran.stdout
    assert re.search(r"^median [\d.]+ ms, p95 [\d.]+ ms, worst [\d.]+ ms$", ran.stdout, re.MULTILINE)
