"""Trainings of different pace log at the same marks."""

import pytest

from generation.starter.training import common, loss_curves


def test_trainings_of_different_pace_log_at_the_same_marks_and_compare(tmp_path, monkeypatch):
    logs = []
    for name, seconds in (("slow", 0.0), ("fast", 1000.0)):
        monkeypatch.setattr(common, "LOG_SECONDS", seconds)
        parser = common.arguments("", samples=10_000, batch=64, rate=1e-3)
        run = common.Run("denoiser", parser.parse_args(["--work", str(tmp_path), "--name", name]), {})
        while not run.done:
            run.step(64, error=1000 / (run.samples + 64))
        logs.append(loss_curves.read(run.path.with_suffix(".jsonl")))
    slow, fast = logs
    assert len(slow) == 157, "each step"
    assert [samples for samples, _ in fast] == [2048, 2752, 3648, 4928, 6656, 9024, 10_048]
    rows = loss_curves.deviations(slow, fast)
    assert len(rows) == 6
    assert all(own == pytest.approx(recipe, rel=1e-3) for _, own, recipe in rows)
