"""What extra weights are, told from their headers."""

import json
import pickle

import pytest

from generation.errors import GenerationError
from generation.weights.adapter_inspection import inspect_weights
from tests.support.adapter_files import KOHYA, SHAPES, TAGS, write_weights

FAMILIES = {"vae": "", "ip_adapter": "sdxl", "refiner": "sdxl", "upscaler": ""}


@pytest.mark.parametrize("kind", sorted(set(SHAPES) - {"refiner"}))
def test_each_kind_is_known_by_its_header(tmp_path, kind):
    found = inspect_weights(kind, write_weights(tmp_path / "some.safetensors", kind))
    assert (found.kind, found.family) == (kind, FAMILIES.get(kind, "sd"))
    assert found.size_bytes > 0


@pytest.mark.parametrize("kind", SHAPES)
def test_no_kind_is_taken_for_another(tmp_path, kind):
    path = write_weights(tmp_path / "some.safetensors", kind)
    for other in set(SHAPES) - {kind}:
        with pytest.raises(GenerationError, match=r"is .*, not a") as caught:
            inspect_weights(other, path)
        assert caught.value.code == "adapter_invalid"


def test_a_checkpoint_is_none_of_them(tmp_path):
    path = write_weights(tmp_path / "whole.safetensors", shapes={"model.diffusion_model.out.0.weight": (320,)})
    for kind in SHAPES:
        with pytest.raises(GenerationError):
            inspect_weights(kind, path)


def test_a_lora_tells_rank_alpha_words_and_resolution(tmp_path):
    notes = {
        "ss_network_alpha": "4.0",
        "ss_resolution": "(512, 512)",
        "ss_tag_frequency": TAGS,
        "modelspec__trigger_phrase": "ohwx fox",
        "modelspec__title": "Foxes",
        "modelspec__license": "CC0",
    }
    found = inspect_weights("lora", write_weights(tmp_path / "fox.safetensors", **notes))
    assert found.meta == {
        "rank": 8,
        "alpha": 4.0,
        "layers": 1,
        "resolution": "(512, 512)",
        "frequent_tags": ["snow", "fox", "owl"],
    }
    assert (found.trigger_words, found.title, found.licence) == ("ohwx fox", "Foxes", "CC0")


@pytest.mark.parametrize(
    ("name", "width", "notes", "family"),
    [
        (KOHYA, 768, {}, "sd"),
        (KOHYA, 1024, {}, "sd"),
        (KOHYA, 2048, {}, "sdxl"),
        (KOHYA, 31, {}, ""),
        (KOHYA, 31, {"ss_base_model_version": "sd_v1"}, "sd"),
        (KOHYA, 31, {"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        (KOHYA, 31, {"modelspec__architecture": "stable-diffusion-3-medium/lora"}, "sd3"),
        (KOHYA, 31, {"modelspec__architecture": "flux-1-dev/lora"}, "flux"),
        (KOHYA, 31, {"ss_base_model_version": "zimage"}, "z_image"),
        ("lora_te2_text_model_encoder_layers_0_mlp_fc1", 31, {}, "sdxl"),
        ("lora_unet_double_blocks_0_img_attn_qkv", 31, {}, "flux"),
        ("transformer.single_transformer_blocks.0.attn.to_k", 31, {}, "flux"),
        ("transformer.transformer_blocks.0.attn.add_q_proj", 31, {}, "sd3"),
    ],
)
def test_the_family_of_a_lora(tmp_path, name, width, notes, family):
    layout = ("lora_A", "lora_B") if "." in name else ("lora_down", "lora_up")
    shapes = {f"{name}.{layout[0]}.weight": (4, width), f"{name}.{layout[1]}.weight": (8, 4)}
    assert inspect_weights("lora", write_weights(tmp_path / "x.safetensors", shapes=shapes, **notes)).family == family


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (f"{KOHYA}.hada_w1_a", "incomplete or unknown"),
        (f"{KOHYA}.lokr_w1", "incomplete or unknown"),
        (f"{KOHYA}.oft_blocks", "oft_blocks"),
        ("lora_unet_other.lora_down.weight", "incomplete"),
        ("double_blocks.0.img_attn.norm.query_norm.scale", "query_norm"),
    ],
)
def test_a_lora_that_cannot_be_applied_whole_is_refused_with_the_reason(tmp_path, name, says):
    path = write_weights(tmp_path / "x.safetensors", shapes={**SHAPES["lora"], name: (4, 4)})
    with pytest.raises(GenerationError, match=says) as caught:
        inspect_weights("lora", path)
    assert caught.value.code == "adapter_invalid"


def test_a_control_lora_is_refused(tmp_path):
    shapes = {"transformer.x_embedder.lora_A.weight": (4, 128), "transformer.x_embedder.lora_B.weight": (8, 4)}
    with pytest.raises(GenerationError, match="control LoRA"):
        inspect_weights("lora", write_weights(tmp_path / "x.safetensors", shapes=shapes))


def test_a_lora_tells_its_algorithms_and_what_is_left_out(tmp_path):
    shapes = {**SHAPES["lora"], f"{KOHYA}.dora_scale": (320, 1), "bundle_emb.my hero.clip_l": (2, 768), "note": (1,)}
    meta = inspect_weights("lora", write_weights(tmp_path / "x.safetensors", shapes=shapes)).meta
    assert (meta["algorithms"], meta["bundled_embeddings"], meta["left_out"]) == (["DoRA"], ["my hero"], 1)


@pytest.mark.parametrize(
    ("shapes", "family", "token", "vectors"),
    [
        ({"emb_params": (5, 768)}, "sd", "my_cat", 5),
        ({"clip_l": (2, 768), "clip_g": (2, 1280)}, "sdxl", "my_cat", 2),
        ({"<toy>": (768,)}, "sd", "<toy>", 1),
        ({"<toy>": (3, 1280)}, "sdxl", "<toy>", 3),
        ({"clip_g": (3, 1280)}, "sdxl", "my_cat", 3),
        ({"clip_l": (3, 768)}, "sdxl", "my_cat", 3),
        ({"emb_params": (3, 1024), "step": (1,)}, "sd", "my_cat", 3),
    ],
)
def test_embeddings_tell_their_token(tmp_path, shapes, family, token, vectors):
    found = inspect_weights("embedding", write_weights(tmp_path / "my cat.safetensors", shapes=shapes))
    assert (found.family, found.token, found.meta["vectors"]) == (family, token, vectors)


@pytest.mark.parametrize(
    ("kind", "config", "family"),
    [
        ("refiner", {"_class_name": "StableDiffusionXLImg2ImgPipeline"}, "sdxl"),
        ("vae", {"_class_name": "AutoencoderKL", "scaling_factor": 0.18215}, "sd"),
        ("vae", {"_class_name": "AutoencoderKL", "scaling_factor": 0.13025}, "sdxl"),
        ("controlnet", {"_class_name": "ControlNetModel", "cross_attention_dim": 2048}, "sdxl"),
        ("controlnet", {"_class_name": "FluxControlNetModel"}, "flux"),
        ("controlnet", {"_class_name": "SD3ControlNetModel"}, "sd3"),
    ],
)
def test_a_folder_is_known_by_its_config(tmp_path, kind, config, family):
    folder = tmp_path / "some"
    inner, name = (folder / "unet", "model_index.json") if kind == "refiner" else (folder, "config.json")
    write_weights(inner / "diffusion_pytorch_model.safetensors", kind)
    (folder / name).write_text(json.dumps(config))
    assert inspect_weights(kind, folder).family == family


def test_pickles_are_refused_by_name_and_by_content(tmp_path):
    named, hidden, folder = tmp_path / "x.pt", tmp_path / "x.safetensors", tmp_path / "folder"
    for path in (named, hidden):
        path.write_bytes(pickle.dumps({"weights": list(range(1000))}))
    folder.mkdir()
    (folder / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04whatever")
    for path in (named, hidden, folder):
        with pytest.raises(GenerationError, match="pickle") as caught:
            inspect_weights("lora", path)
        assert caught.value.code == "adapter_invalid"


def test_a_refiner_in_one_file_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(GenerationError, match="folder in diffusers format"):
        inspect_weights("refiner", write_weights(tmp_path / "fine.safetensors", "refiner"))


def test_what_is_gone_is_missing(tmp_path):
    with pytest.raises(GenerationError) as caught:
        inspect_weights("lora", tmp_path / "gone.safetensors")
    assert caught.value.code == "adapter_missing"
