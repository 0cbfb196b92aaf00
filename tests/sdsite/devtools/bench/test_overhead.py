"""The measurements run and print what they promise; how fast it is, is nobody's test."""

import re

from tests.support.up_process import manage


def test_overhead_prints_both_times_and_their_ratio_and_touches_nobodys_data(tmp_path):
    ran = manage(tmp_path / "data", "bench", "overhead", "--runs", "1", "--counts", "2", "--steps", "3")
    assert ran.returncode == 0, ran.stderr
    call, job, ratio = map(
        float, re.search(r"^ +2 +([\d.]+) s +([\d.]+) s +([\d.]+) ", ran.stdout, re.MULTILINE).groups()
    )
    assert job > 0
    assert abs(ratio - job / call) < 0.1 * ratio
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_latency_sees_every_preview(tmp_path):
    ran = manage(tmp_path / "data", "bench", "latency", "--jobs", "2", "--steps", "4")
    assert ran.returncode == 0, ran.stderr
    assert "8 previews of 8 steps" in ran.stdout
    assert re.search(r"^median [\d.]+ ms, p95 [\d.]+ ms, worst [\d.]+ ms$", ran.stdout, re.MULTILINE)


def test_upscaling_compares_networks_and_tiles_with_lanczos(tmp_path):
    words = ("--side", "48", "--rounds", "1", "--tiles", "0", "32", "--networks", "animevideov3")
    ran = manage(tmp_path / "data", "bench", "upscaling", *words)
    assert ran.returncode == 0, ran.stderr
    assert "48x48 to 192x192" in ran.stdout
    rows = re.findall(r"^(\S+) +(\d+|free|) +(\d+) +[\d.]+ s +\d+x$", ran.stdout, re.MULTILINE)
    assert rows == [("lanczos", "", "1"), ("animevideov3", "free", "1"), ("animevideov3", "32", "4")]


def test_batching_draws_every_job_both_ways(tmp_path):
    ran = manage(
        tmp_path / "data", "bench", "batching", "--jobs", "4", "--people", "2", "--steps", "2", "--rounds", "1"
    )
    assert ran.returncode == 0, ran.stderr
    assert "batching off" in ran.stdout
    assert "together 4 by 1" in ran.stdout
    assert "together 4 by 4" in ran.stdout
    assert re.search(r"^median: off [\d.]+, on [\d.]+ images a second, ratio [\d.]+$", ran.stdout, re.MULTILINE)
