"""Native encoders weight tokens by their position."""

import pytest
import torch

from generation.parameters.prompts import BREAK, Piece, parse_attention
from generation.pipelines.encoding.families import get_encoder_kind
from generation.pipelines.encoding.native_encoders import token_weights

pytestmark = pytest.mark.usefixtures("no_gradients")


def test_native_encoders_weight_tokens_by_their_position(pipes):
    tokenizer = pipes["flux"].tokenizer_2
    weights = token_weights(tokenizer, [Piece("a ", 1.0), Piece("fox", 2.0), BREAK, Piece("in", 3.0)], 8)
    tokens = tokenizer("a fox in").tokens()
    assert "".join(tokens) == "afoxin"
    expected = {"a": 1.0, "fox": 2.0, "in": 3.0}
    for token, weight in zip(tokens, weights, strict=False):
        assert weight == next(own for word, own in expected.items() if token in word)
    for family in ("sd3", "flux"):
        pipe = pipes[family]
        kind = get_encoder_kind(pipe)
        plain = kind.encode(pipe, [Piece("a red fox", 1.0)], 1)
        heavy = kind.encode(pipe, [Piece("a ", 1.0), Piece("red", 1.5), Piece(" fox", 1.0)], 1)
        assert torch.equal(heavy.pooled, plain.pooled)
        # All tokens keep their direction; the weighted one grew against the others.
        grown = heavy.embeds.norm(dim=-1) / plain.embeds.norm(dim=-1).clamp(min=1e-9)
        own = token_weights(pipe.tokenizer if family == "sd3" else tokenizer, parse_attention("a (red:1.5) fox"), 20)
        first = own.index(1.5)
        assert float(grown[first] / grown[0]) == pytest.approx(1.5, rel=1e-2 if family == "sd3" else 1e-4)
