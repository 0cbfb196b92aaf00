"""The family of an adapter, also of families that the site does not have."""

import pytest

from generation.weights.recognition.adapter_families import family_of
from generation.weights.safetensors_header import Header
from tests.support.model_tree_files import ones, pair, peft


@pytest.mark.parametrize(
    ("shapes", "family"),
    [
        (peft("transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj", 27648, 3072), "flux2"),
        (pair("lora_unet_single_blocks_0_linear1", 27648, 3072), "flux2"),
        (pair("lora_unet_single_blocks_0_linear1", 21504, 3072), "flux"),
        (peft("diffusion_model.double_blocks.0.img_attn.qkv", 12288, 4096), "flux2"),
        (pair("lora_unet_double_blocks_0_img_attn_qkv", 9216, 3072), "flux"),
        (peft("diffusion_model.distilled_guidance_layer.in_proj", 5120, 64), "chroma"),
        (peft("transformer_blocks.0.attn.add_k_proj", 3072, 3072), "qwen_image"),
        (peft("transformer_blocks.0.attn.add_k_proj", 1536, 1536), "sd3"),
        (peft("diffusion_model.layers.0.attention.qkv", 3840, 2304), "lumina2"),
        (peft("diffusion_model.layers.0.attention.qkv", 11520, 3840), "z_image"),
        (peft("diffusion_model.blocks.0.cross_attn.q", 1536, 1536), "wan"),
        (peft("diffusion_model.blocks.0.cross_attn.q_proj", 2048, 2048), "anima"),
        (peft("something.else", 8, 8), ""),
    ],
)
def test_a_lora_is_told_by_its_layers(shapes, family):
    assert family_of("lora", Header(shapes, {}, {})) == family


def test_what_a_trainer_states_comes_first():
    stated = Header(peft("something.else", 8, 8), {}, {"modelspec.architecture": "flux2-klein/lora"})
    assert family_of("lora", stated) == "flux2"


def test_controlnets_of_two_families():
    assert family_of("controlnet", Header(ones("pos_embed_input.proj.weight"), {}, {})) == "sd3"
    assert family_of("controlnet", Header(ones("transformer_blocks.0.img_mod.1.weight"), {}, {})) == "qwen_image"
