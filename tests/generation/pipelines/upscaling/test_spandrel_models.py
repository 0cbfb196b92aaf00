"""An unknown architecture names the package to install."""

import sys

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines.upscaling.load import read
from tests.support.tiny import upscalers


def refusal(path):
    with pytest.raises(GenerationError) as refused:
        read(path)
    return refused.value.code, refused.value.message


def test_another_architecture_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spandrel", None)  # as on a machine where it is not installed
    code, message = refusal(upscalers.save(tmp_path / "swinir.safetensors", {"layers.0.weight": torch.ones(3)}))
    assert code == "adapter_invalid"
    assert "pip install spandrel" in message
    assert "swinir.safetensors" in message
