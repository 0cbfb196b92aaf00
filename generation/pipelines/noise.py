"""Initial noise of text-to-image, mixed with the noise of another seed for variations of an image.

A1111 calls it variation seed (subseed) and variation strength. The seed stays the same for all images of a job and
image k takes `variation_seed + k`, so a job gives several variations of one image. The mixture is a spherical
interpolation (Shoemake 1985): linear interpolation would reduce the variance, which gives flat images. Angles are taken
along each column of the latents, as A1111 does, so that its numbers give the same noise here.

Text-to-image only: image-to-image pipelines take their noise from the generator while they run.

Samplers that add noise at each step generate it on the CPU too; `randn_tensor` is how it comes to the device.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from diffusers.utils import torch_utils
from torch import Tensor

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.loading.devices import copy_to_device

_NEARLY_PARALLEL = 0.9995  # above this cosine interpolate linearly: dividing by the sine would not be safe


def initial_latents(
    pipe: Any,
    family: str,
    image_parameters: Sequence[ResolvedParameters],
    generators: Sequence[torch.Generator],
    *,
    dtype: torch.dtype,
) -> Tensor | None:
    """Return the `latents` argument of a text-to-image pipeline; None if no image asks for a variation.

    For an image without variation the numbers are the pipeline's own, bit for bit, and its generator is left where the
    pipeline would have left it, so that samplers which add noise go on with the same numbers.

    Args:
        pipe: the pipeline that will run.
        family: of its checkpoint, a key of the catalog.
        image_parameters: of each image, all of one size.
        generators: of the images, on the CPU and unused.
        dtype: of the checkpoint's weights.

    Raises:
        GenerationError: `refused`, the shape of this family's noise is not known.
    """
    if not any(one.variation_strength for one in image_parameters):
        return None
    if family not in SHAPES:
        raise GenerationError("refused", "Variations do not work with this checkpoint; leave variation_strength at 0.")
    shape = SHAPES[family](pipe, image_parameters[0].width, image_parameters[0].height)
    dtype = torch.float32 if family in SINGLE else dtype
    noise = torch.stack(
        [_noise(one, generator, shape, dtype) for one, generator in zip(image_parameters, generators, strict=True)]
    )
    return PACKING[family](noise) if family in PACKING else noise


def randn_tensor(
    shape: Sequence[int],
    generator: torch.Generator | list[torch.Generator] | None = None,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    layout: torch.layout | None = None,
) -> Tensor:
    """Return normal noise with the numbers of diffusers' function of this name.

    That one lets the host wait until the device has done what is queued, each time it copies noise of CPU generators.
    """
    target = torch.device(device or "cpu")
    first = generator[0] if isinstance(generator, list) else generator
    from_cpu = target.type == "cuda" and first is not None and first.device.type == "cpu"
    made = torch.device("cpu") if from_cpu else target
    noise: Tensor = torch_utils.randn_tensor(tuple(shape), generator=generator, device=made, dtype=dtype, layout=layout)
    return copy_to_device(noise, target)


def use_own_noise(scheduler: Any) -> None:
    """Make the class of `scheduler` take its noise from `randn_tensor` of this module, for good.

    Schedulers of diffusers take noise as an argument only in part, so the name is replaced in their modules.
    """
    for kind in type(scheduler).__mro__:
        module = sys.modules[kind.__module__]
        if getattr(module, "randn_tensor", None) is torch_utils.randn_tensor:
            module.randn_tensor = randn_tensor  # type: ignore[attr-defined]


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
    image_parameters: ResolvedParameters,
    generator: torch.Generator,
    shape: tuple[int, int, int],
    dtype: torch.dtype,
) -> Tensor:
    own = torch.randn(shape, generator=generator, dtype=dtype)
    if not image_parameters.variation_strength:
        return own
    variation = torch.Generator("cpu").manual_seed(image_parameters.variation_seed)
    other = torch.randn(shape, generator=variation, dtype=dtype)
    return slerp(image_parameters.variation_strength, own.float(), other.float()).to(dtype)


def _unet(pipe: Any, width: int, height: int) -> tuple[int, int, int]:
    return pipe.unet.config.in_channels, height // pipe.vae_scale_factor, width // pipe.vae_scale_factor


def _transformer(pipe: Any, width: int, height: int) -> tuple[int, int, int]:
    return pipe.transformer.config.in_channels, height // pipe.vae_scale_factor, width // pipe.vae_scale_factor


def _packed(pipe: Any, width: int, height: int) -> tuple[int, int, int]:
    high, wide = (2 * (side // (2 * pipe.vae_scale_factor)) for side in (height, width))
    return pipe.transformer.config.in_channels // 4, high, wide


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


# Channels, height and width of one image's latents before packing.
SHAPES: Mapping[str, Callable[[Any, int, int], tuple[int, int, int]]] = {
    "sd": _unet,
    "sdxl": _unet,
    "sd3": _transformer,
    "flux": _packed,
    "z_image": _transformer,
}
SINGLE = frozenset({"z_image"})  # families whose latents are in single precision, whatever the weights' dtype
PACKING: Mapping[str, Callable[[Tensor], Tensor]] = {"flux": pack}
# The inverse, with the width and height of the latents: for families whose latents leave the pipeline as tokens.
UNPACKING: Mapping[str, Callable[[Tensor, int, int], Tensor]] = {"flux": unpack}
