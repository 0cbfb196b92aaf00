"""Textual inversion: learned embedding vectors for a word of the prompt.

Gal et al. 2022, "An Image is Worth One Word", https://arxiv.org/abs/2208.01618. Text encoder and tokenizer get them for
one call: the tokenizer is a copy, and the encoder's own embedding table is restored afterwards.
"""

import copy
from typing import Any

import torch

from generation.errors import GenerationError
from generation.families import families_with
from generation.pipelines.adapters.applied import AppliedAdapters
from generation.pipelines.adapters.weights_cache import read_stored
from generation.weights import embedding_names
from generation.weights.sources import WeightsSource


def apply(adapters: AppliedAdapters) -> None:
    """Add every embedding among the assets to the tokenizers and text encoders."""
    found = {
        name: source
        for (kind, name), source in adapters.assets.items()
        if kind == "embedding" and isinstance(source, WeightsSource)
    }
    if not found:
        return
    if adapters.loaded.family not in families_with("embeddings"):
        raise GenerationError("refused", f"{adapters.loaded.source.slug} takes no embeddings.")
    words: dict[str, list[tuple[str, torch.Tensor]]] = {}
    for token in found:
        source = adapters.get_source("embedding", token)
        for encoder, vectors in _load_vectors(adapters, source).items():
            words.setdefault(encoder, []).append((token, vectors))
    for encoder, learned in words.items():
        _add_vectors(adapters, encoder, learned)


def _load_vectors(adapters: AppliedAdapters, source: WeightsSource) -> dict[str, torch.Tensor]:
    """Return (vectors, width) tensors by the name of their text encoder.

    Raises:
        GenerationError: `adapter_invalid`, the width is not that of the checkpoint's text encoder.
    """
    header, tensors = read_stored(source)
    found = embedding_names.vectors(header.shapes, source.slug)
    by_encoder = {encoder: tensors[name].reshape(-1, tensors[name].shape[-1]) for encoder, name in found.items()}
    for name, vectors in by_encoder.items():
        encoder = getattr(adapters.loaded.pipe, name, None)
        width = encoder.get_input_embeddings().weight.shape[1] if encoder is not None else 0
        if vectors.shape[1] != width:
            raise GenerationError(
                "adapter_invalid",
                f"{source.slug} does not fit this checkpoint: its vectors have {vectors.shape[1]} numbers, "
                f"the text encoder's {width or 'does not exist'}.",
            )
    return by_encoder


def _add_vectors(adapters: AppliedAdapters, name: str, learned: list[tuple[str, torch.Tensor]]) -> None:
    pipe = adapters.loaded.pipe
    encoder, tokenizer_name = getattr(pipe, name), name.replace("text_encoder", "tokenizer")
    tokenizer = copy.deepcopy(getattr(pipe, tokenizer_name))
    own = encoder.get_input_embeddings()
    rows = [own.weight.detach()]
    for token, vectors in learned:
        _add_words(tokenizer, token, len(vectors), sum(map(len, rows)))
        rows.append(vectors.to(own.weight))
    table = torch.nn.Embedding.from_pretrained(torch.cat(rows), padding_idx=own.padding_idx)
    adapters.stack.callback(encoder.set_input_embeddings, own)
    encoder.set_input_embeddings(table)
    _fix_end_token(adapters, encoder, tokenizer)
    adapters.parts[tokenizer_name] = tokenizer


def _add_words(tokenizer: Any, token: str, vectors: int, first: int) -> None:
    """Add `token`, `token_1`, ...: one word for each vector, as diffusers' `maybe_convert_prompt` writes them out.

    Raises:
        GenerationError: `adapter_invalid`, the tokenizer has one of them already, so it would not get the next number.
    """
    for number in range(vectors):
        word = f"{token}_{number}" if number else token
        tokenizer.add_tokens(word)
        if tokenizer.convert_tokens_to_ids(word) != first + number:
            raise GenerationError(
                "adapter_invalid",
                f"An embedding cannot be named {token}: the text encoder knows {word} already. "
                "Give it another word in the admin.",
            )


def _fix_end_token(adapters: AppliedAdapters, encoder: Any, tokenizer: Any) -> None:
    """Make CLIP find the end of a text by its end token; with the 2 of old configs it looks for the highest number."""
    for module in encoder.modules():
        if getattr(module, "eos_token_id", None) == 2:
            adapters.stack.callback(setattr, module, "eos_token_id", 2)
            module.eos_token_id = tokenizer.eos_token_id
