"""Trainings that go on from the weights that ship, where nothing else was kept."""

import sys

import pytest
import torch
from safetensors.torch import load_file

from generation.starter import STARTER_LOCATION, UPSCALER_FILE
from generation.starter.training import common, denoiser, export, restore, text_encoder, tokenizer


@pytest.fixture
def restored(tmp_path, monkeypatch):
    """A work folder with nothing but what was restored."""
    monkeypatch.setattr(sys, "argv", ["restore", "--work", str(tmp_path)])
    restore.main()
    return tmp_path


def test_what_is_restored_is_exported_as_the_very_same_files(restored, tmp_path):
    export.export(export.assemble(restored), tmp_path / "starter" / "model")
    export.export_upscaler(restored, tmp_path / "starter" / UPSCALER_FILE)
    shipped = sorted(STARTER_LOCATION.rglob("*.safetensors"))
    assert len(shipped) > 3
    for file in (*shipped, STARTER_LOCATION.parent / UPSCALER_FILE):
        own = load_file(tmp_path / "starter" / file.relative_to(STARTER_LOCATION.parent))
        wanted = load_file(file)
        assert own.keys() == wanted.keys(), file
        assert all(torch.equal(own[name], wanted[name]) for name in wanted), file
    own_words = tokenizer.folder(restored) / "tokenizer.json"
    assert own_words.read_bytes() == (STARTER_LOCATION / "tokenizer" / "tokenizer.json").read_bytes()


def test_a_state_that_is_there_stays(restored, monkeypatch, capsys):
    path = common.state_path(restored, "denoiser")
    path.write_bytes(b"mine")
    restore.main()
    assert path.read_bytes() == b"mine"
    assert f"{path} is there already and stays" in capsys.readouterr().out


def test_a_training_goes_on_from_restored_weights(work, restored, monkeypatch, capsys):
    (restored / "node_modules").symlink_to(work / "node_modules")
    monkeypatch.setattr(denoiser, "KEPT", 16)
    text = torch.nn.ModuleList([text_encoder.build(len(tokenizer.load(restored))), text_encoder.Layout()])
    for module, name, model in (
        (text_encoder, "text_encoder", text),
        (denoiser, "denoiser", denoiser.build_denoiser()),
    ):
        before = [weight.clone() for weight in common.averaged(restored, name, model).parameters()]
        words = ["--work", str(restored), "--threads", "1", "--samples", "8", "--batch", "8"]
        monkeypatch.setattr(sys, "argv", [module.__name__, *words])
        module.main()
        after = common.averaged(restored, name, model).parameters()
        changes = [float((one - was).abs().mean()) for one, was in zip(after, before, strict=True)]
        assert 0 < max(changes) < 1e-3, f"{name}: one step from where it was"
        assert f"{name}: goes on after 0 samples" in capsys.readouterr().out
