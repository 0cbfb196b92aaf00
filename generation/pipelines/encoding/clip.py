"""Prompt encoding by Stable Diffusion's and SDXL's text encoders, with weights, several chunks and clip skip.

For an unweighted prompt of one chunk the result is that of the pipeline's own `encode_prompt`, bit for bit.
"""

from collections.abc import Sequence
from typing import Any

import torch
from diffusers.utils.torch_utils import get_module_execution_device

from generation.errors import GenerationError
from generation.parameters.prompts import Piece
from generation.pipelines.encoding.chunks import Chunk, empty_chunk, split_into_chunks
from generation.pipelines.encoding.tensors import Encoded, apply_weights


def encode_sd(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Return the hidden states of layer `clip_skip` from the end (1: the last), through the final layer norm."""
    found = split_into_chunks(pipe, pipe.tokenizer, pieces)
    return Encoded(torch.cat([_sd_chunk(pipe, chunk, clip_skip) for chunk in found]))


def encode_sdxl(pipe: Any, pieces: Sequence[Piece], clip_skip: int) -> Encoded:
    """Return the hidden states of both encoders, concatenated, and the second one's pooled text of the first chunk.

    SDXL reads the penultimate layer; `clip_skip` counts from there (1: that one), as diffusers does.
    """
    sides, pooled = [], None
    texts = [
        (tokenizer, encoder, split_into_chunks(pipe, tokenizer, pieces)) for tokenizer, encoder in _sdxl_encoders(pipe)
    ]
    most = max(len(found) for _, _, found in texts)
    for tokenizer, encoder, found in texts:
        states = []
        for chunk in [*found, *[empty_chunk(tokenizer)] * (most - len(found))]:
            output = _read(encoder, chunk, clip_skip + 1)
            if pooled is None and output[0].ndim == 2:
                pooled = output[0][0]
            states.append(apply_weights(output.hidden_states[-(clip_skip + 1)][0], chunk.weights))
        sides.append(torch.cat(states))
    joined = torch.cat(sides, dim=-1)
    dtype = pipe.text_encoder_2.dtype if pipe.text_encoder_2 is not None else pipe.unet.dtype
    return Encoded(joined.to(dtype=dtype, device=pipe._execution_device), pooled)


def fits_clip(pipe: Any, text: str) -> bool:
    """Return whether `text` is one chunk, so that the pipeline's own encoding leaves nothing out."""
    return len(split_into_chunks(pipe, pipe.tokenizer or pipe.tokenizer_2, [Piece(text, 1.0)])) == 1


def _sdxl_encoders(pipe: Any) -> list[tuple[Any, Any]]:
    """Return tokenizers and encoders; a refiner has the second pair only."""
    pairs = [(pipe.tokenizer, pipe.text_encoder), (pipe.tokenizer_2, pipe.text_encoder_2)]
    return [pair for pair in pairs if pair[0] is not None and pair[1] is not None]


def _sd_chunk(pipe: Any, chunk: Chunk, clip_skip: int) -> torch.Tensor:
    encoder = pipe.text_encoder
    output = _read(encoder, chunk, clip_skip)
    if clip_skip == 1:
        states = output[0]
    else:
        norm = encoder.final_layer_norm if hasattr(encoder, "final_layer_norm") else encoder.text_model.final_layer_norm
        states = norm(output.hidden_states[-clip_skip])
    states = states.to(dtype=encoder.dtype, device=pipe._execution_device)
    return apply_weights(states[0], chunk.weights)


def check_layer(encoder: Any, layer: int) -> None:
    """Check that a text encoder has `layer` (from the end, 1: the last).

    Raises:
        GenerationError: `refused`, it has fewer layers.
    """
    layers = encoder.config.num_hidden_layers
    if layer > layers:
        raise GenerationError(
            "refused", f"clip_skip is too large for this checkpoint: its text encoder has {layers} layers."
        )


def _read(encoder: Any, chunk: Chunk, layer: int) -> Any:
    """Run an encoder and return its output with hidden states; `layer` is the one that will be read."""
    check_layer(encoder, layer)
    ids = torch.tensor([chunk.ids], device=get_module_execution_device(encoder))
    return encoder(ids, output_hidden_states=True)
