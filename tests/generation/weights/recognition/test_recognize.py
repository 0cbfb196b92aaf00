"""Recognition by header: what the trees of two programs do not show."""

import json

import pytest

from generation.weights.recognition.recognize import recognize
from generation.weights.recognition.recognized import FileRefused
from tests.support.model_trees import write_header


def refused(path):
    with pytest.raises(FileRefused) as caught:
        recognize(path)
    return caught.value


@pytest.mark.parametrize(
    ("index", "code"),
    [({"_class_name": "StableDiffusionXLImg2ImgPipeline"}, ""), ({"_class_name": "WanPipeline"}, "family_not_offered")],
)
def test_a_folder_is_what_its_index_names(tmp_path, index, code):
    (tmp_path / "model_index.json").write_text(json.dumps(index))
    if code:
        assert refused(tmp_path).code == code
    else:
        assert recognize(tmp_path).kind == "refiner"


@pytest.mark.parametrize(
    ("config", "kind", "architecture"),
    [
        ({"_class_name": "UNet2DConditionModel", "cross_attention_dim": 2048}, "denoiser", "sdxl"),
        ({"_class_name": "AutoencoderKL", "latent_channels": 16}, "vae", "kl_16"),
        (
            {"architectures": ["CLIPTextModel"], "hidden_size": 768, "model_type": "clip_text_model"},
            "text_encoder",
            "clip_l",
        ),
        ({"architectures": ["UMT5EncoderModel"], "d_model": 4096, "model_type": "umt5"}, "text_encoder", "umt5_xxl"),
    ],
)
def test_a_part_is_what_its_config_names(tmp_path, config, kind, architecture):
    (tmp_path / "config.json").write_text(json.dumps(config))
    found = recognize(tmp_path)
    assert (found.kind, found.architecture) == (kind, architecture)


@pytest.mark.parametrize(
    "config", ['{"_class_name": "Something"}', "[1]", "{", '{"architectures": ["LlamaForCausalLM"]}']
)
def test_other_folders_are_unknown(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    assert refused(tmp_path).code == "unknown"


def test_numbers_decide_how_weights_are_stored(tmp_path):
    shapes = {"double_blocks.0.img_attn.qkv.weight": (64, 64), "img_in.weight": (4, 4), "img_in.bias": (4,)}
    dtypes = {"double_blocks.0.img_attn.qkv.weight": "F8_E4M3"}
    assert recognize(write_header(tmp_path / "x.safetensors", shapes, dtypes=dtypes)).stored == "F8_E4M3"
