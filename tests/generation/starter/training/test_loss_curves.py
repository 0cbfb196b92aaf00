"""Loss curves: thinned, stored, and compared interval by interval."""

import importlib
import json

import pytest

from generation.starter.training import loss_curves


@pytest.fixture
def log(tmp_path):
    """Write the log of a training whose error halves every 10,000 samples, times `factor`."""

    def write(name, factor=1.0, rows=400, step=250):
        folder = tmp_path / "states"
        folder.mkdir(exist_ok=True)
        lines = [
            {"samples": n * step, "loss": 9.0, "error": factor * 0.5 ** (n * step / 10_000)} for n in range(1, rows)
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n")
        return tmp_path

    return write


def test_a_point_has_the_mean_of_the_samples_before_it():
    curve = [(10, 1.0), (20, 3.0)]
    assert loss_curves.mean_between(curve, 0, 20) == 2.0
    assert loss_curves.mean_between(curve, 5, 12) == pytest.approx((5 * 1 + 2 * 3) / 7)
    assert loss_curves.mean_between(curve, 20, 30) is None


def test_samples_trained_again_after_a_crash_count_once(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(
        "".join(json.dumps({"samples": n, "loss": v}) + "\n" for n, v in [(1, 5), (2, 4), (3, 3), (2, 9), (3, 8)])
    )
    assert loss_curves.read(path) == [(1, 5.0), (2, 9.0), (3, 8.0)]


def test_a_kept_curve_is_short_and_still_fits_its_log(log, tmp_path, monkeypatch, capsys):
    work = log("denoiser")
    monkeypatch.setattr(loss_curves, "CURVES", tmp_path / "curves")
    kept = loss_curves.keep("denoiser", work, tmp_path / "curves")
    assert len(kept.read_text().splitlines()) <= loss_curves.KEPT
    loss_curves.main(["denoiser", "--work", str(work)])
    said = capsys.readouterr().out.splitlines()
    assert len(said) > 5
    average = float(said[-1].split()[2])
    assert abs(average) < 1


def test_a_training_that_is_worse_by_a_tenth_shows_it(log, tmp_path, monkeypatch, capsys):
    work = log("denoiser")
    monkeypatch.setattr(loss_curves, "CURVES", tmp_path / "curves")
    loss_curves.keep("denoiser", work, tmp_path / "curves")
    log("denoiser-again", factor=1.1, rows=100)
    loss_curves.main(["denoiser", "--name", "again", "--work", str(work)])
    said = capsys.readouterr().out.splitlines()
    assert float(said[-1].split()[2]) == pytest.approx(10, abs=1)
    assert said[-2].startswith("to    24,750 samples"), "it goes as far as the shorter"


def test_intervals_begin_where_both_curves_have_a_point():
    own, recipe = [(1000, 9.0), (2500, 4.0), (9000, 2.0)], [(500, 9.0), (5000, 3.0), (9000, 2.0)]
    assert loss_curves.deviations(own, recipe) == [(9000, 2.0, 2.0)]
    assert loss_curves.deviations(own, [(500, 9.0)]) == []


@pytest.mark.parametrize("path", sorted(loss_curves.CURVES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_the_recipes_own_curves_fall(path):
    curve = loss_curves.read(path)
    assert len(curve) > 20
    assert curve[-1][1] < curve[2][1] / 4
    importlib.import_module(f"generation.starter.training.{path.stem}")
