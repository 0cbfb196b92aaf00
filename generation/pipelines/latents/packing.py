"""Packing of latents into tokens that stand for squares of latent pixels, and back."""

from torch import Tensor

from generation.families import FAMILIES


def pack(latents: Tensor) -> Tensor:
    """Return (n, h/2 * w/2, 4 * c) from (n, c, h, w): squares of 2 x 2 become one token, as Flux takes them."""
    count, channels, height, width = latents.shape
    squares = latents.view(count, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return squares.reshape(count, height // 2 * (width // 2), channels * 4)


def unpack(tokens: Tensor, width: int, height: int) -> Tensor:
    """Return (n, c, height, width) from packed `tokens`, the inverse of `pack`; sides in latent pixels, both even."""
    count, _, channels = tokens.shape
    squares = tokens.view(count, height // 2, width // 2, channels // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return squares.reshape(count, channels // 4, height, width)


def unpack_latents(family: str, latents: Tensor, width: int, height: int) -> Tensor:
    """Return (n, c, height, width) from what a pipeline of `family` ends with; sides in latent pixels."""
    form = FAMILIES[family].latents
    return latents if form.patch == 1 or form.finished else unpack(latents, width, height)
