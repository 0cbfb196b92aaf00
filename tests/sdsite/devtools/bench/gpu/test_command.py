"""The bench of accelerators runs to its end on a CPU, and its verdict can be bad."""

import json

import pytest

from sdsite.devtools.bench.gpu import checks, command
from sdsite.devtools.bench.gpu.checks import CHECKS, Check, Expected
from sdsite.devtools.bench.site import BenchFailed
from tests.support.up_process import manage


def judge(lines, wanted):
    """Assert that each check that needs no CUDA device came out as expected."""
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    verdicts = {check.name: "skipped" if check.needs_cuda else "as expected" for check in wanted}
    assert {row["check"]: row["verdict"] for row in rows} == verdicts
    good = list(verdicts.values()).count("as expected")
    assert any(f"{good} of {len(wanted)} checks as expected" in line for line in lines)


def test_chosen_checks_run_on_a_cpu():
    lines, chosen = [], ("device_speed", "little_memory")
    command.run({"only": chosen, "size": None, "seconds": 100.0}, lambda text: lines.extend(text.splitlines()))
    judge(lines, [check for check in CHECKS if check.name in chosen])


@pytest.mark.nightly
@pytest.mark.timeout(590)
def test_it_runs_to_its_end_on_a_cpu(tmp_path):
    ran = manage(tmp_path / "data", "bench", "gpu", seconds=580)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    judge(ran.stdout.splitlines(), CHECKS)


def run(monkeypatch, lines, measure, *expected, **options):
    """Run the bench with this one check."""
    measure.__name__ = "one"
    monkeypatch.setattr(checks, "CHECKS", (Check(measure, 1, expected),))
    command.run({"only": None, "size": "tiny", "seconds": 100.0, **options}, lines.append)


def row(lines):
    return json.loads(next(line for line in lines if line.startswith("{")))


def test_a_figure_outside_its_range_fails_the_run(monkeypatch):
    lines = []
    with pytest.raises(BenchFailed, match=r"0 of 1 checks as expected in \d+ s; not so: one\."):
        run(monkeypatch, lines, lambda bench: {"speed": 9.1234567}, Expected("speed", 10))
    assert row(lines)["verdict"] == "differs"
    assert row(lines)["found"] == {"speed": 9.123}


def test_a_check_that_raises_fails_the_run_and_says_why(monkeypatch):
    def broken(bench):
        raise RuntimeError("no kernel")

    lines = []
    with pytest.raises(BenchFailed, match="not so: one"):
        run(monkeypatch, lines, broken)
    assert row(lines)["why"] == ["RuntimeError: no kernel"]


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(BenchFailed, match="No check speed; there are versions, samplers"):
        command.run({"only": ["speed"], "size": "tiny", "seconds": 1.0}, print)
