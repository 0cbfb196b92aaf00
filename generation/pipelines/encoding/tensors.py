"""Encoded prompts as tensors, and the arithmetic that all families share."""

from collections.abc import Sequence
from typing import NamedTuple

import torch


class Encoded(NamedTuple):
    """An encoded text: `embeds` (tokens, width), and `pooled` (width) if the family has it."""

    embeds: torch.Tensor
    pooled: torch.Tensor | None = None


def apply_weights(states: torch.Tensor, weights: Sequence[float]) -> torch.Tensor:
    """Return hidden states (tokens, width) with each token multiplied by its weight, and their mean restored.

    As stable-diffusion-webui does; weights of 1 change no bit.
    """
    if all(weight == 1.0 for weight in weights):
        return states
    exact = states.float()
    scaled = exact * torch.tensor(weights, device=states.device)[:, None]
    mean = scaled.mean()
    if mean != 0:  # with weights of 0 there is no mean to restore
        scaled = scaled * (exact.mean() / mean)
    return scaled.to(states.dtype)


def lengthen(embeds: torch.Tensor, padding: torch.Tensor | None, tokens: int) -> torch.Tensor:
    """Return `embeds` (tokens, width) extended to `tokens` tokens by repeated `padding`."""
    missing = tokens - len(embeds)
    if missing <= 0:
        return embeds
    if padding is None:
        raise ValueError("texts of this family are all of one length")
    return torch.cat([embeds, padding.repeat(-(-missing // len(padding)), 1)[:missing]])


def mix_encoded(encoded: Sequence[tuple[Encoded, float]], padding: torch.Tensor | None) -> Encoded:
    """Return the sum of texts times their shares; a single text is returned as it is, bit for bit."""
    if len(encoded) == 1:
        return encoded[0][0]
    tokens = max(len(one.embeds) for one, _ in encoded)
    parts = [lengthen(one.embeds, padding, tokens).float() * share for one, share in encoded]
    pooled = [(one.pooled, share) for one, share in encoded if one.pooled is not None]
    return Encoded(
        torch.stack(parts).sum(0).to(encoded[0][0].embeds.dtype),
        torch.stack([one.float() * share for one, share in pooled]).sum(0).to(pooled[0][0].dtype) if pooled else None,
    )
