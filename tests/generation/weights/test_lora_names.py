"""Names of LoRA tensors: layer and role in every layout, and what makes a layer that can be applied."""

import pytest

from generation.errors import GenerationError
from generation.weights.lora_names import algorithm, check, family, is_lora, parse, plain_name, split_name
from generation.weights.safetensors_header import Header


@pytest.mark.parametrize(
    ("name", "layer", "role"),
    [
        ("lora_unet_a_b.lora_down.weight", "lora_unet_a_b", "down"),
        ("unet.a.lora_A.weight", "unet.a", "down"),
        ("unet.a.lora_B.default.weight", "unet.a", "up"),
        ("base_model.model.a.lora_A.weight", "base_model.model.a", "down"),
        ("unet.a.lora.up.weight", "unet.a", "up"),
        ("text_encoder.a.lora_linear_layer.down.weight", "text_encoder.a", "down"),
        ("unet.b.attn1.processor.to_q_lora.down.weight", "unet.b.attn1.to_q", "down"),
        ("unet.b.attn1.processor.to_out_lora.up.weight", "unet.b.attn1.to_out.0", "up"),
        ("double_blocks.0.processor.qkv_lora1.up.weight", "double_blocks.0.processor.qkv_lora1", "up"),
        ("x.lora_mid.weight", "x", "mid"),
        ("x.dora_scale", "x", "dora"),
        ("x.lora_magnitude_vector.default.weight", "x", "dora"),
        ("x.diff_b", "x", "bias"),
        ("x.w_norm", "x", "weight"),
        ("x.hada_w1_a", "x", "hada_w1_a"),
        ("x.lokr_t2", "x", "lokr_t2"),
        ("ip_adapter.1.to_k_lora.down.weight", "ip_adapter.1.to_k_lora.down.weight", ""),
        ("x.weight", "x.weight", ""),
    ],
)
def test_each_layout_tells_layer_and_role(name, layer, role):
    assert split_name(name) == (layer, role)


@pytest.mark.parametrize(
    ("roles", "name"),
    [
        ({"down", "up"}, "LoRA"),
        ({"down", "up", "mid", "alpha", "dora"}, "LoRA"),
        ({"down"}, ""),
        ({"down", "up", "hada_w1_a"}, ""),
        ({"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "alpha"}, "LoHa"),
        ({"lokr_w1", "lokr_w2_a", "lokr_w2_b", "lokr_t2"}, "LoKr"),
        ({"lokr_w1"}, ""),
        ({"weight", "bias"}, "full difference"),
        ({"bias"}, "bias"),
        ({"dora"}, ""),
    ],
)
def test_the_roles_of_a_layer_tell_its_algorithm(roles, name):
    assert algorithm(dict.fromkeys(roles)) == name


def test_names_are_sorted_into_layers_bundles_unknown_and_foreign_ones():
    found = parse(dict.fromkeys(["unet.a.lora_A.weight", "unet.a.oft", "bundle_emb.my hero.clip_l", "other"]))
    assert found.layers == {"unet.a": {"down": "unet.a.lora_A.weight"}}
    assert found.bundled == {"my hero": ["bundle_emb.my hero.clip_l"]}
    assert (found.unknown, found.foreign) == (["unet.a.oft"], ["other"])


@pytest.mark.parametrize(
    ("shapes", "dtypes", "says"),
    [
        ({"lora_unet_a.alpha": ()}, {}, "changes no layer"),
        ({"lora_unet_a.lora_down.weight": (4, 8)}, {}, "incomplete"),
        ({"lora_unet_a.lora_down.weight": (), "lora_unet_a.lora_up.weight": (8, 4)}, {}, "a single number"),
        ({"lora_unet_a.diff": (8, 4)}, {"lora_unet_a.diff": "I8"}, "stored as I8"),
        ({"lora_unet_a.diff": (8, 4), "lora_unet_a.a1.weight": (8, 4)}, {}, "a1.weight"),
        ({"img_in.lora_A.weight": (4, 128), "img_in.lora_B.weight": (8, 4)}, {}, "control LoRA"),
    ],
)
def test_what_cannot_be_applied_is_refused(shapes, dtypes, says):
    header = Header(shapes, dtypes, {})
    with pytest.raises(GenerationError, match=says):
        check(parse(shapes), header, "x")


def test_some_names_are_those_of_a_lora_and_others_are_not():
    assert is_lora({"lora_unet_a.diff_b": ()})
    assert is_lora({"x.lora_down.weight": ()})
    assert not is_lora({"model.diffusion_model.out.0.weight": (), "x.alpha": ()})


def test_families_by_names():
    assert family({"double_blocks.0.processor.qkv_lora1.up.weight": ()}) == "flux"
    assert family({"lora_te2_x.lora_up.weight": ()}) == "sdxl"
    assert family({"unet.x": ()}) == ""


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("base_model.model.double_blocks.0.a.lora_A.weight", "lora_unet_double_blocks_0_a.lora_down.weight"),
        ("diffusion_model.single_blocks.0.a.alpha", "lora_unet_single_blocks_0_a.alpha"),
        ("base_model.model.layers.0.lora_B.default.weight", "layers.0.lora_B.weight"),
        ("lora_te1_x.lora_up.weight", "lora_te1_x.lora_up.weight"),
        ("double_blocks.0.processor.qkv_lora1.up.weight", "double_blocks.0.processor.qkv_lora1.up.weight"),
    ],
)
def test_names_for_the_converters_of_diffusers(name, plain):
    assert plain_name(*split_name(name), name) == plain
