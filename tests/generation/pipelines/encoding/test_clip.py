"""Weights and CLIP skip act on the hidden states of CLIP."""

import pytest
import torch

from generation.errors import GenerationError
from generation.parameters.prompts import Piece, parse_attention
from generation.pipelines.encoding.families import get_encoder_kind
from tests.generation.pipelines.encoding.conftest import (
    generate,
    own_encoding,
)

pytestmark = pytest.mark.usefixtures("no_gradients")


def by_hand(encoder, ids, weights, layer=None):
    """Multiply hidden states by their weights, then restore their mean."""
    output = encoder(torch.tensor([ids]), output_hidden_states=True)
    states = output[0] if layer is None else output.hidden_states[layer]
    scaled = states * torch.tensor(weights).view(1, -1, 1)
    return (scaled * (states.mean() / scaled.mean()))[0]


def ids_and_weights(tokenizer, pieces):
    ids, weights = [tokenizer.bos_token_id], [1.0]
    for text, weight in pieces:
        own = tokenizer(text, add_special_tokens=False).input_ids
        ids, weights = ids + own, weights + [weight] * len(own)
    ids, weights = [*ids, tokenizer.eos_token_id], [*weights, 1.0]
    missing = tokenizer.model_max_length - len(ids)
    return ids + [tokenizer.pad_token_id] * missing, weights + [1.0] * missing


WEIGHTED = [("a ", 1.0), ("red", 1.5), (" fox ", 1.0), ("at night", 1 / 1.1)]


WEIGHTED_TEXT = "a (red:1.5) fox [at night]"


def test_weights_multiply_hidden_states_and_keep_their_mean(pipes):
    sd, sdxl = pipes["sd"], pipes["sdxl"]
    expected = by_hand(sd.text_encoder, *ids_and_weights(sd.tokenizer, WEIGHTED))
    found = get_encoder_kind(sd).encode(sd, parse_attention(WEIGHTED_TEXT), 1)
    assert torch.allclose(found.embeds, expected, atol=1e-6)
    pairs = ((sdxl.tokenizer, sdxl.text_encoder), (sdxl.tokenizer_2, sdxl.text_encoder_2))
    expected = torch.cat([by_hand(encoder, *ids_and_weights(t, WEIGHTED), layer=-2) for t, encoder in pairs], dim=-1)
    found = get_encoder_kind(sdxl).encode(sdxl, parse_attention(WEIGHTED_TEXT), 1)
    assert torch.allclose(found.embeds, expected, atol=1e-6)
    assert torch.equal(found.pooled, own_encoding(sdxl, "sdxl", "a red fox at night")[1])


class TestClipSkip:
    """`clip_skip` counts layers from the end, 1 being the one the checkpoint reads by itself."""

    @pytest.fixture
    def deep(self):
        from transformers import CLIPTextConfig, CLIPTextModel

        torch.manual_seed(1)
        return CLIPTextModel(
            CLIPTextConfig(
                vocab_size=49408, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=1
            )
        ).eval()

    def test_an_earlier_layer_goes_through_the_final_norm(self, pipes, deep, monkeypatch):
        pipe = pipes["sd"]
        monkeypatch.setattr(pipe, "text_encoder", deep)
        ids, _ = ids_and_weights(pipe.tokenizer, [("a fox", 1.0)])
        output = deep(torch.tensor([ids]), output_hidden_states=True)
        for clip_skip in (2, 3, 4):
            expected = deep.final_layer_norm(output.hidden_states[-clip_skip])[0]
            assert torch.equal(get_encoder_kind(pipe).encode(pipe, [Piece("a fox", 1.0)], clip_skip).embeds, expected)

    def test_sdxl_counts_as_diffusers_does(self, pipes, deep, monkeypatch):
        pipe = pipes["sdxl"]
        monkeypatch.setattr(pipe, "text_encoder", deep)
        monkeypatch.setattr(pipe.text_encoder_2.config, "num_hidden_layers", 3)
        expected = pipe.encode_prompt(
            "a fox", device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False, clip_skip=1
        )[0]
        assert torch.equal(get_encoder_kind(pipe).encode(pipe, [Piece("a fox", 1.0)], 2).embeds, expected[0])

    def test_clip_skip_changes_the_image(self, pipes):
        assert not torch.equal(generate(pipes["sd"], "sd", "a fox", clip_skip=2), generate(pipes["sd"], "sd", "a fox"))

    @pytest.mark.parametrize("family", ["sd", "sdxl", "sd3"])
    def test_a_layer_that_does_not_exist_is_refused(self, pipes, family):
        with pytest.raises(GenerationError, match="2 layers") as error:
            get_encoder_kind(pipes[family]).encode(pipes[family], [Piece("a fox", 1.0)], 3)
        assert error.value.code == "refused"
