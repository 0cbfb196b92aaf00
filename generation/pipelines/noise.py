"""The noise that pictures begin as, mixed with that of another seed: variations of an image.

A1111 calls it subseed and subseed strength. The seed stays the same for all images of a job and image k takes
`variation_seed + k`, so a job shows several variations of one picture. The mixture is a spherical interpolation
(Shoemake 1985): a straight line between two noises would have less variance than either, which gives flat pictures.
Angles are taken along each column of the latents, as A1111 does, so that its numbers give the same noise here.

This works for text-to-image. Image-to-image pipelines draw their noise from the generator while they run.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters

_NEARLY_PARALLEL = 0.9995  # above this cosine a sphere is flat, and dividing by the sine would not be safe


def initial_latents(
    pipe: Any,
    family: str,
    images: Sequence[ResolvedParameters],
    generators: Sequence[torch.Generator],
    *,
    dtype: torch.dtype,
) -> Tensor | None:
    """Return what to give a text-to-image pipeline as `latents`; None where its own noise is asked for.

    Without variation the numbers are the pipeline's own, bit for bit, and every generator is left where the pipeline
    would have left it, so that samplers which add noise go on with the same numbers.

    Args:
        pipe: the pipeline that will run.
        family: of its checkpoint, a key of the catalog.
        images: what each image is drawn with, all of one size.
        generators: of the images, on the CPU and unused.
        dtype: of the checkpoint's weights.

    Raises:
        GenerationError: `refused`, with this family the noise is not known.
    """
    if not any(image.variation_strength for image in images):
        return None
    if family not in SHAPES:
        raise GenerationError("refused", "Variations do not work with this checkpoint; leave variation_strength at 0.")
    shape = SHAPES[family](pipe, images[0].width, images[0].height)
    dtype = torch.float32 if family in SINGLE else dtype
    noise = torch.stack(
        [_noise(image, generator, shape, dtype) for image, generator in zip(images, generators, strict=True)]
    )
    return PACKING[family](noise) if family in PACKING else noise


def slerp(share: float, first: Tensor, second: Tensor) -> Tensor:
    """Return the point `share` (0 to 1) of the way from `first` to `second` along a sphere.

    Args:
        share: 0 gives `first` itself, 1 gives `second`.
        first: (channels, height, width); each column along the height is a vector.
        second: the same shape.
    """
    if share in (0, 1):
        return second if share else first
    cosine = torch.nn.functional.cosine_similarity(first, second, dim=1).unsqueeze(1).clamp(-1, 1)
    angle = torch.acos(cosine)
    sphere = (torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)
    return torch.where(cosine > _NEARLY_PARALLEL, (1 - share) * first + share * second, sphere)


def _noise(
    image: ResolvedParameters, generator: torch.Generator, shape: tuple[int, int, int], dtype: torch.dtype
) -> Tensor:
    own = torch.randn(shape, generator=generator, dtype=dtype)
    if not image.variation_strength:
        return own
    other = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(image.variation_seed), dtype=dtype)
    return slerp(image.variation_strength, own.float(), other.float()).to(dtype)


def _unet(pipe: Any, width: int, height: int) -> tuple[int, int, int]:
    return pipe.unet.config.in_channels, height // pipe.vae_scale_factor, width // pipe.vae_scale_factor


def _transformer(pipe: Any, width: int, height: int) -> tuple[int, int, int]:
    return pipe.transformer.config.in_channels, height // pipe.vae_scale_factor, width // pipe.vae_scale_factor


def _packed(pipe: Any, width: int, height: int) -> tuple[int, int, int]:
    high, wide = (2 * (side // (2 * pipe.vae_scale_factor)) for side in (height, width))
    return pipe.transformer.config.in_channels // 4, high, wide


def pack(latents: Tensor) -> Tensor:
    """Return (n, h/2 * w/2, 4 * c) from (n, c, h, w): squares of two become one token, as Flux takes them."""
    count, channels, height, width = latents.shape
    squares = latents.view(count, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
    return squares.reshape(count, height // 2 * (width // 2), channels * 4)


def unpack(tokens: Tensor, width: int, height: int) -> Tensor:
    """Return (n, c, height, width) from what `pack` made; sides in latent pixels, both even."""
    count, _, channels = tokens.shape
    squares = tokens.view(count, height // 2, width // 2, channels // 4, 2, 2).permute(0, 3, 1, 4, 2, 5)
    return squares.reshape(count, channels // 4, height, width)


# The channels, height and width of one image's latents before any packing.
SHAPES: Mapping[str, Callable[[Any, int, int], tuple[int, int, int]]] = {
    "sd": _unet,
    "sdxl": _unet,
    "sd3": _transformer,
    "flux": _packed,
    "z_image": _transformer,
}
SINGLE = frozenset({"z_image"})  # families whose latents are in single precision, whatever their weights are in
PACKING: Mapping[str, Callable[[Tensor], Tensor]] = {"flux": pack}
