"""Prompt encoding by a chat model: each text is put into the chat template and encoded at its own length.

Z-Image takes the hidden states of Qwen 3 before its last layer, Flux.2 Klein those of three layers, one after the
other, and as many rows for every text. Weights multiply them as with other encoders; the template's own words have
weight 1. `BREAK` is a space here.
"""

from collections.abc import Sequence
from typing import Any

from generation.parameters.prompts import BREAK, Piece
from generation.pipelines.encoding.tensors import Encoded, apply_weights

_MOST_TOKENS = 512  # ZImagePipeline's default, including the template


def encode_z_image(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Return a row for each token of the templated text; `clip_skip` has no effect."""
    spaced, text = _join(pieces)
    [states] = pipe._encode_prompt([text])
    if any(weight != 1.0 for _, weight in spaced):
        states = apply_weights(states, _token_weights(pipe.tokenizer, spaced, text, thinking=True)[: len(states)])
    return Encoded(states)


def encode_klein(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Return a row for each token of the templated text and of its padding; `clip_skip` has no effect."""
    spaced, text = _join(pieces)
    embeds, _ = pipe.encode_prompt(text)
    states = embeds[0]
    if any(weight != 1.0 for _, weight in spaced):
        weights = _token_weights(pipe.tokenizer, spaced, text, thinking=False, length=len(states))
        states = apply_weights(states, weights)
    return Encoded(states)


def _join(pieces: Sequence[Piece]) -> tuple[list[Piece], str]:
    spaced = [Piece(" ", 1.0) if piece is BREAK else piece for piece in pieces]
    return spaced, "".join(words for words, _ in spaced)


def _token_weights(
    tokenizer: Any, pieces: Sequence[Piece], text: str, *, thinking: bool, length: int = 0
) -> list[float]:
    """Return the weight of each token of the templated text; one that spans two pieces has the weight of the first."""
    messages = [{"role": "user", "content": text}]
    framed = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=thinking
    )
    padding = {"padding": "max_length", "max_length": length} if length else {"max_length": _MOST_TOKENS}
    before = framed.index(text)
    inner = [weight for words, weight in pieces for _ in words]
    weights = [1.0] * before + inner + [1.0] * (len(framed) - before - len(inner))
    offsets = tokenizer(framed, **padding, truncation=True, return_offsets_mapping=True).offset_mapping
    return [next((weights[at] for at in range(start, end) if not framed[at].isspace()), 1.0) for start, end in offsets]
