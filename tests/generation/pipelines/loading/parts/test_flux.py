"""Flux.1 in one file: config by shapes, names of its makers."""

import torch

from generation.pipelines.loading.parts import flux
from generation.weights.safetensors_header import Header
from tests.support.tiny import checkpoints, flux_parts


def test_shapes_tell_the_config_under_either_names():
    transformer = checkpoints.example_of("flux").transformer
    for tensors in (transformer.state_dict(), flux_parts.original_names(transformer)):
        found = flux.config_of(Header({name: tuple(one.shape) for name, one in tensors.items()}, {}, {}))
        stated = {**transformer.config, "out_channels": 64}
        assert {name: stated[name] for name in found} == found


def test_published_heads_have_the_published_axes():
    shapes = {
        "single_blocks.0.norm.key_norm.scale": (128,),
        "img_in.weight": (3072, 64),
        "txt_in.weight": (3072, 4096),
        "vector_in.in_layer.weight": (3072, 768),
        "final_layer.linear.weight": (64, 3072),
    }
    config = flux.config_of(Header(shapes, {}, {}))
    assert (config["axes_dims_rope"], config["num_attention_heads"]) == ((16, 56, 56), 24)
    assert not config["guidance_embeds"]
    assert flux.scheduler_config(config) == {"shift": 1.0, "use_dynamic_shifting": False}


def test_unknown_names_are_kept_for_the_loader_to_refuse():
    tensors = {
        "img_in.weight": torch.zeros(2, 2),
        "else.weight": torch.zeros(1),
        "double_blocks.0.x.y.weight": torch.zeros(1),
    }
    assert set(flux.with_current_names(tensors)) == {"x_embedder.weight", "else.weight", "double_blocks.0.x.y.weight"}
