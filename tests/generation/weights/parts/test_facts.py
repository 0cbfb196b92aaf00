"""Text encoders and autoencoders in files and folders of their own: kind and width, and what is refused."""

import json

import pytest

from generation.errors import GenerationError
from generation.weights.parts.facts import read_part, tokenizer_of
from tests.support.model_tree_files import CLIP, T5, autoencoder, chat
from tests.support.model_trees import write_gguf, write_header

T5_XXL = T5 | {"shared.weight": (32128, 4096)}


def refused(path):
    with pytest.raises(GenerationError) as caught:
        read_part(path)
    return caught.value


def facts(path):
    found = read_part(path)
    return found.kind, found.width, found.architecture


def test_files_tell_kind_and_width(tmp_path):
    clip = {CLIP: (49408, 768), "text_model.final_layer_norm.weight": (768,)}
    assert facts(write_header(tmp_path / "clip.safetensors", clip)) == ("clip", 768, "clip_l")
    assert facts(write_header(tmp_path / "ae.safetensors", autoencoder(16))) == ("vae", 16, "kl_16")
    path = write_header(tmp_path / "t5.safetensors", T5_XXL)
    assert "put tokenizer.json or spiece.model" in refused(path).message
    (tmp_path / "t5").mkdir()
    (tmp_path / "t5" / "spiece.model").touch()
    assert facts(path) == ("t5", 4096, "t5_xxl")


def test_folders_tell_kind_and_width(tmp_path):
    folder = tmp_path / "text_encoder_2"
    write_header(folder / "model.safetensors", T5_XXL)
    config = {"architectures": ["T5EncoderModel"], "model_type": "t5", "d_model": 4096}
    (folder / "config.json").write_text(json.dumps(config))
    assert tokenizer_of(folder) is None
    (tmp_path / "tokenizer_2").mkdir()  # as pipelines in diffusers format have it
    (tmp_path / "tokenizer_2" / "tokenizer.json").touch()
    assert tokenizer_of(folder) == tmp_path / "tokenizer_2"
    assert facts(folder) == ("t5", 4096, "t5_xxl")
    (folder / "model.safetensors").unlink()
    assert refused(folder).code == "adapter_missing"


def test_others_are_refused_with_a_reason(tmp_path):
    assert "is no CLIP, no T5" in refused(write_header(tmp_path / "q.safetensors", chat(2560))).message
    umt5 = T5 | {"shared.weight": (256384, 4096)}
    assert "is no CLIP, no T5" in refused(write_header(tmp_path / "u.safetensors", umt5)).message
    path = write_gguf(tmp_path / "t5.gguf", "t5encoder", {"token_embd.weight": 4096})
    assert "get the version in .safetensors" in refused(path).message
    integers = write_header(tmp_path / "i.safetensors", {CLIP: (8, 768)}, dtype="I8")
    assert "stored as I8" in refused(integers).message
    assert refused(tmp_path / "gone.safetensors").code == "adapter_missing"
