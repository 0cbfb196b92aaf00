"""Text encoders from files and folders give the same numbers; what is not whole is refused."""

import pytest
import torch
from safetensors.torch import save_file

from generation.errors import GenerationError
from generation.pipelines.loading.parts.encoders import load_clip, load_t5, load_tokenizer
from tests.support.tiny import checkpoints

WORDS = torch.tensor([[3, 17, 4, 1]])


def saved(tensors, path):
    save_file({name: one.contiguous().clone() for name, one in tensors.items()}, path)
    return path


def test_a_t5_in_one_file_is_the_one_of_the_folder(tmp_path):
    own = checkpoints.example_of("flux").text_encoder_2
    own.save_pretrained(tmp_path / "folder")
    tensors = {name: one for name, one in own.state_dict().items() if name != "shared.weight"}
    path = saved(tensors, tmp_path / "t5.safetensors")
    with torch.no_grad():
        images = [load_t5(one, torch.float32)(WORDS)[0] for one in (path, tmp_path / "folder")]
    assert torch.allclose(*images, atol=1e-6)


def test_a_clip_in_one_file_is_the_one_of_the_folder(tmp_path):
    own = checkpoints.example_of("flux").text_encoder
    own.save_pretrained(tmp_path / "folder")
    path = saved(
        {f"text_model.{name.removeprefix('text_model.')}": one for name, one in own.state_dict().items()},
        tmp_path / "x.safetensors",
    )
    with torch.no_grad():
        found = [load_clip(one, torch.float32)(WORDS).last_hidden_state for one in (path, tmp_path / "folder")]
    assert torch.allclose(*found, atol=1e-6)


def test_a_clip_with_a_hole_is_refused(tmp_path):
    own = checkpoints.example_of("flux").text_encoder.state_dict()
    tensors = {name: one for name, one in own.items() if not name.endswith("layers.1.mlp.fc2.bias")}
    with pytest.raises(GenerationError, match="no whole text encoder"):
        load_clip(saved(tensors, tmp_path / "x.safetensors"), torch.float32)


def test_a_tokenizer_that_is_not_there_is_asked_for(tmp_path):
    with pytest.raises(GenerationError, match="lacks its tokenizer"):
        load_tokenizer(tmp_path / "t5.safetensors")
