"""Text encoders by the names and widths of their tensors."""

import pytest

from generation.weights.recognition.text_encoders import find_text_encoder
from generation.weights.safetensors_header import Header
from tests.support.model_tree_files import CLIP, T5, chat, ones

GEMMA = chat(2304) | ones("model.layers.0.pre_feedforward_layernorm.weight")


@pytest.mark.parametrize(
    ("shapes", "kind", "architecture"),
    [
        ({f"transformer.{CLIP}": (49408, 768)}, "text_encoder", "clip_l"),
        # CLIP with its image half, as improved versions of CLIP-L are published.
        ({CLIP: (49408, 768)} | ones("vision_model.embeddings.patch_embedding.weight"), "text_encoder", "clip_l"),
        (
            {"token_embedding.weight": (49408, 1280)} | ones("transformer.resblocks.0.attn.in_proj_weight"),
            "text_encoder",
            "clip_g",
        ),
        ({CLIP: (49408, 512)}, "text_encoder", "clip of width 512"),
        (T5 | {"shared.weight": (32128, 2048)}, "text_encoder", "t5_xl"),
        (T5 | {"shared.weight": (32128, 300)}, "text_encoder", "t5 of width 300"),
        (chat(4096, ""), "text_encoder", "qwen3_8b"),
        (chat(2560) | ones("visual.blocks.0.norm1.weight"), "text_encoder", "qwen3_vl_4b"),
        (GEMMA, "text_encoder", "gemma2_2b"),
        (chat(1000, norm=False), "language_model", ""),
        (ones("vision_model.embeddings.class_embedding"), "image_encoder", ""),
    ],
)
def test_an_encoder_is_told_by_its_width(shapes, kind, architecture):
    found = find_text_encoder(Header(shapes, {}, {}))
    assert (found.kind, found.architecture) == (kind, architecture)


def test_other_weights_are_none():
    assert find_text_encoder(Header(ones("decoder.conv_in.weight"), {}, {})) is None
