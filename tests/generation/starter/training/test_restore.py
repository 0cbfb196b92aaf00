"""Training states restored from the weights that ship."""

import sys

import pytest
import torch
from safetensors.torch import load_file

from generation.starter import STARTER_LOCATION, UPSCALER_FILE
from generation.starter.training import common, export, restore, tokenizer


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


def test_an_existing_state_is_kept(restored, monkeypatch, capsys):
    path = common.state_path(restored, "denoiser")
    path.write_bytes(b"mine")
    restore.main()
    assert path.read_bytes() == b"mine"
    assert f"{path} is there already and stays" in capsys.readouterr().out
