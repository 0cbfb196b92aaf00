"""A training of the text encoder resumes where it stopped."""

import json
import sys

from generation.starter.training import common, text_encoder


def run(module, monkeypatch, work, **options):
    """Run a script of the recipe as its user would."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", [module.__name__, "--work", str(work), "--threads", "1", *words])
    module.main()


def test_a_training_resumes_where_it_stopped(work, monkeypatch, capsys):
    monkeypatch.setattr(common, "SAVE_SECONDS", 0.0)
    run(text_encoder, monkeypatch, work, samples=16, batch=8, name="resumed")
    run(text_encoder, monkeypatch, work, samples=32, batch=8, name="resumed")
    assert "goes on after 16 samples" in capsys.readouterr().out
    log = (work / "states" / "text_encoder-resumed.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in log]
    assert [row["samples"] for row in rows] == [16, 32]
    assert [row["rate"] for row in rows] == [1.8e-6, 2.5e-6], "the rate of the last step, as its training asked for it"
