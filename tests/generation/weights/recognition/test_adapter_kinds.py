"""The kind of an adapter by its names, where two kinds share some of them."""

import pytest

from generation.weights.recognition.adapter_kinds import detect_kind
from generation.weights.safetensors_header import Header
from tests.support.model_tree_files import ones


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("controlnet_blocks.0.weight", "transformer_blocks.0.attn.to_q.weight"), "controlnet"),
        (("image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight"), "ip_adapter"),
        (("conditioner.embedders.1.model.ln_final.weight", "model.diffusion_model.out.0.weight"), "refiner"),
        (("a", "b"), ""),
    ],
)
def test_the_more_specific_kind_counts(names, kind):
    assert detect_kind(Header(ones(*names), {}, {}), {}) == kind


def test_a_config_counts_before_names():
    assert detect_kind(Header(ones("a"), {}, {}), {"_class_name": "AutoencoderKL"}) == "vae"
