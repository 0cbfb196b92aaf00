"""Initial noise of text-to-image, mixed with the noise of another seed for variations of an image.

A1111 calls it variation seed (subseed) and variation strength. The seed stays the same for all images of a job and
image k takes `variation_seed + k`, so a job gives several variations of one image. The mixture is a spherical
interpolation (Shoemake 1985): linear interpolation would reduce the variance, which gives flat images. Angles are taken
along each column of the latents, as A1111 does, so that its numbers give the same noise here.

Text-to-image only: image-to-image pipelines take their noise from the generator while they run.

Samplers that add noise at each step generate it on the CPU too; `randn_tensor` is how it comes to the device.
"""

import sys
from collections.abc import Sequence
from typing import Any

import torch
from diffusers.utils import torch_utils
from torch import Tensor

from generation.families import FAMILIES
from generation.families.record import Latents
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.latents.packing import pack
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
    """
    if not any(one.variation_strength for one in image_parameters):
        return None
    form = FAMILIES[family].latents
    shape = _shape(pipe, form, image_parameters[0].width, image_parameters[0].height)
    dtype = torch.float32 if form.single else dtype
    noise = torch.stack(
        [_noise(one, generator, shape, dtype) for one, generator in zip(image_parameters, generators, strict=True)]
    )
    return pack(noise) if form.patch > 1 and not form.patched_noise else noise


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


def _shape(pipe: Any, latents: Latents, width: int, height: int) -> tuple[int, int, int]:
    """Return channels, height and width of one image's noise as its pipeline draws it, before any packing."""
    denoiser = getattr(pipe, "unet", None) or pipe.transformer
    unit, channels = latents.patch * pipe.vae_scale_factor, denoiser.config.in_channels
    high, wide = height // unit, width // unit
    if latents.patched_noise:
        return channels, high, wide
    return channels // latents.patch**2, high * latents.patch, wide * latents.patch
