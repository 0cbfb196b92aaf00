"""Splitting of a prompt into chunks that a CLIP text encoder can read, as stable-diffusion-webui does.

A chunk has as many tokens as the encoder takes, including start and end token (75 + 2 for Stable Diffusion).
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from generation.parameters.prompts import BREAK, Piece
from generation.parameters.prompts.chunks import Unit, cut


class Chunk(NamedTuple):
    """Token ids with start, end and padding, and the weight of each."""

    ids: list[int]
    weights: list[float]


def split_into_chunks(pipe: Any, tokenizer: Any, pieces: Sequence[Piece]) -> list[Chunk]:
    """Return the chunks of `pieces`, one or more.

    Tokens of a textual inversion of several vectors stay in one chunk; `BREAK` ends a chunk early.
    """
    room = int(tokenizer.model_max_length) - 2
    comma = tokenizer.convert_tokens_to_ids(",</w>")
    return [
        _make_chunk(tokenizer, units, room) for units in cut(_units(pipe, tokenizer, pieces), room=room, comma=comma)
    ]


def empty_chunk(tokenizer: Any) -> Chunk:
    """Return the chunk of an empty prompt."""
    return _make_chunk(tokenizer, [], int(tokenizer.model_max_length) - 2)


def _units(pipe: Any, tokenizer: Any, pieces: Sequence[Piece]) -> Iterator[Unit | None]:
    """Yield groups of tokens that must stay in one chunk; None where a chunk ends."""
    room = int(tokenizer.model_max_length) - 2
    for piece in pieces:
        if piece is BREAK:
            yield None
            continue
        ids = tokenizer(piece.text, add_special_tokens=False, truncation=False, verbose=False).input_ids
        names = tokenizer.convert_ids_to_tokens(ids)
        if hasattr(pipe, "maybe_convert_prompt") and any(_has_several_vectors(tokenizer, name) for name in names):
            text = pipe.maybe_convert_prompt(piece.text, tokenizer)
            ids = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
            names = tokenizer.convert_ids_to_tokens(ids)
        for group in _group_vectors(ids, names):
            for start in range(0, len(group), room):  # one with more vectors than a chunk has tokens is split
                yield group[start : start + room], piece.weight


def _has_several_vectors(tokenizer: Any, name: str) -> bool:
    """Return whether `name` is a textual inversion of several vectors; listing all added tokens would take too long."""
    return bool(tokenizer.convert_tokens_to_ids(f"{name}_1") != tokenizer.unk_token_id)


def _group_vectors(ids: list[int], names: list[str]) -> Iterator[list[int]]:
    """Yield ids one by one, but the vectors of one textual inversion (`name`, `name_1`, ...) together."""
    at = 0
    while at < len(ids):
        end = at + 1
        while end < len(ids) and names[end] == f"{names[at]}_{end - at}":
            end += 1
        yield ids[at:end]
        at = end


def _make_chunk(tokenizer: Any, units: list[Unit], room: int) -> Chunk:
    ids = [number for group, _ in units for number in group]
    weights = [weight for group, weight in units for _ in group]
    padding = room - len(ids)
    return Chunk(
        [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id, *[tokenizer.pad_token_id] * padding],
        [1.0, *weights, 1.0, *[1.0] * padding],
    )
