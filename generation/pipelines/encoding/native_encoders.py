"""Prompt encoding of Stable Diffusion 3 and Flux: the pipeline's own `encode_prompt`, weighted afterwards.

Stable Diffusion 3 reads 77 tokens by its two CLIP encoders and 256 by T5; Flux 77 for the pooled text and 512 by T5.
Weights multiply the hidden states of each encoder as with CLIP alone. `BREAK` is a space here.
"""

from collections.abc import Sequence
from typing import Any

from generation.parameters.prompts import BREAK, Piece
from generation.pipelines.encoding.clip import check_layer
from generation.pipelines.encoding.tensors import Encoded, apply_weights


def encode_sd3(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Return the rows of both CLIP encoders (concatenated), then those of T5, and both pooled texts."""
    check_layer(pipe.text_encoder, clip_skip + 1)
    skipped = clip_skip - 1 or None
    embeds, _, pooled, _ = pipe.encode_prompt(
        _text(pieces), None, None, do_classifier_free_guidance=False, clip_skip=skipped
    )
    states = embeds[0]
    if _any_weight(pieces):
        states = states.clone()
        rows, column = pipe.tokenizer_max_length, 0
        for tokenizer, encoder in ((pipe.tokenizer, pipe.text_encoder), (pipe.tokenizer_2, pipe.text_encoder_2)):
            width = encoder.config.hidden_size
            part = states[:rows, column : column + width]
            states[:rows, column : column + width] = apply_weights(part, token_weights(tokenizer, pieces, rows))
            column += width
        if pipe.text_encoder_3 is not None:
            weights = token_weights(pipe.tokenizer_3, pieces, len(states) - rows)
            states[rows:] = apply_weights(states[rows:], weights)
    return Encoded(states, pooled[0])


def encode_flux(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Return the rows of T5, and the pooled text of CLIP, on which weights and `clip_skip` have no effect."""
    embeds, pooled, _ = pipe.encode_prompt(_text(pieces), None)
    states = embeds[0]
    if _any_weight(pieces):
        states = apply_weights(states, token_weights(pipe.tokenizer_2, pieces, len(states)))
    return Encoded(states, pooled[0])


def token_weights(tokenizer: Any, pieces: Sequence[Piece], length: int) -> list[float]:
    """Return the weight of each of `length` tokens of the whole text; special tokens and padding have 1.

    A token that spans two pieces has the weight of the first.
    """
    text = _text(pieces)
    by_character = [weight for words, weight in _replace_breaks(pieces) for _ in words]
    offsets = tokenizer(
        text, padding="max_length", max_length=length, truncation=True, return_offsets_mapping=True
    ).offset_mapping
    return [_weight(by_character, text, start, end) for start, end in offsets]


def _weight(by_character: list[float], text: str, start: int, end: int) -> float:
    """Return the weight of the first non-space character: SentencePiece joins the space before a word to it."""
    return next((by_character[at] for at in range(start, end) if not text[at].isspace()), 1.0)


def _replace_breaks(pieces: Sequence[Piece]) -> list[Piece]:
    return [Piece(" ", 1.0) if piece is BREAK else piece for piece in pieces]


def _text(pieces: Sequence[Piece]) -> str:
    return "".join(words for words, _ in _replace_breaks(pieces))


def _any_weight(pieces: Sequence[Piece]) -> bool:
    return any(weight != 1.0 for _, weight in _replace_breaks(pieces))
