"""The whole recipe gives a checkpoint that generates images and is evaluated."""

import json
import sys

import torch
from diffusers import StableDiffusionPipeline

from generation.starter.evaluation import classifier, evaluate
from generation.starter.training import autoencoder, denoiser, export, text_encoder, tokenizer


def run(module, monkeypatch, work, **options):
    """Run a script of the recipe as its user would."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", [module.__name__, "--work", str(work), "--threads", "1", *words])
    module.main()


def test_the_whole_recipe_gives_a_checkpoint_that_generates_images_and_is_evaluated(
    work, monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(denoiser, "KEPT", 16)
    run(autoencoder, monkeypatch, work, samples=16, batch=4)
    run(text_encoder, monkeypatch, work, samples=16, batch=8)
    run(denoiser, monkeypatch, work, samples=16, batch=8)
    run(classifier, monkeypatch, work, samples=16, batch=8)
    export.export(export.assemble(work), tmp_path / "model")
    sizes = [file.stat().st_size for file in (tmp_path / "model").rglob("*") if file.is_file()]
    assert max(sizes) < 16e6
    assert sum(sizes) < 40e6
    pipe = StableDiffusionPipeline.from_pretrained(tmp_path / "model", torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    shown = evaluate.generate(pipe, ["a fox", "a ghost"], seeds=[1, 2], steps=2)
    assert shown.shape == (2, 3, 128, 128)
    assert torch.equal(shown, evaluate.generate(pipe, ["a fox", "a ghost"], seeds=[1, 2], steps=2))
    evaluator = evaluate.Evaluator(type("Options", (), {"work": work})())
    assert set(evaluator.classify(shown)[0]) <= {"fox", "cat face", "ghost", "red circle"}
    assert evaluator.nearest(evaluator.artwork_at(0))[0][0] == evaluator.names[int(evaluator.artwork.thing[0])]
    assert tokenizer.load(work).model_max_length == tokenizer.LENGTH


def test_the_vocabulary_is_written_by_category(work, tmp_path):
    export.export_vocabulary(work, tmp_path / "vocabulary.json")
    written = json.loads((tmp_path / "vocabulary.json").read_text())
    assert next(iter(written)) == "animals and nature"
    assert written["animals and nature"] == ["fox", "cat face"], "the shortest first"
    assert (written["faces and hearts"], written["signs"]) == (["ghost"], ["red circle"])
    assert "on an orange background" in written["backgrounds"]
    assert {"in 3d style", "as pixel art"} <= set(written["styles"])
    assert "light blue" in written["colours"]
