"""A training of the denoiser resumes from restored weights."""

import sys

import pytest
import torch

from generation.starter.training import common, denoiser, restore, text_encoder, tokenizer


@pytest.fixture
def restored(tmp_path, monkeypatch):
    """A work folder with nothing but what was restored."""
    monkeypatch.setattr(sys, "argv", ["restore", "--work", str(tmp_path)])
    restore.main()
    return tmp_path


def test_a_training_continues_from_restored_weights(work, restored, monkeypatch, capsys):
    (restored / "node_modules").symlink_to(work / "node_modules")
    monkeypatch.setattr(denoiser, "KEPT", 16)
    text = torch.nn.ModuleList([text_encoder.build(len(tokenizer.load(restored))), text_encoder.Layout()])
    for module, name, model in (
        (text_encoder, "text_encoder", text),
        (denoiser, "denoiser", denoiser.build_denoiser()),
    ):
        before = [weight.clone() for weight in common.load_averaged(restored, name, model).parameters()]
        words = ["--work", str(restored), "--threads", "1", "--samples", "8", "--batch", "8"]
        monkeypatch.setattr(sys, "argv", [module.__name__, *words])
        module.main()
        after = common.load_averaged(restored, name, model).parameters()
        changes = [float((one - was).abs().mean()) for one, was in zip(after, before, strict=True)]
        assert 0 < max(changes) < 1e-3, f"{name}: one step from where it was"
        assert f"{name}: goes on after 0 samples" in capsys.readouterr().out
