"""From parameters to the keyword arguments of a diffusers pipeline."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from generation.errors import GenerationError
from generation.parameters.catalog import FAMILIES, SAMPLERS
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import Part


def get_image_parameters(parts: Sequence[Part]) -> list[ResolvedParameters]:
    """Return what each image of a call is drawn with, in the order of the batch."""
    return [image for part in parts for image in part.images.values()]


def generators(images: Sequence[ResolvedParameters]) -> list[torch.Generator]:
    """Return a generator for each image, on the CPU and by the image's own seed: the same on every device."""
    return [torch.Generator("cpu").manual_seed(image.seed) for image in images]


def call_arguments(loaded: Loaded, parts: Sequence[Part]) -> dict[str, Any]:
    """Return the keyword arguments with which the bare text-to-image pipeline draws the same images.

    Raises:
        GenerationError: `refused`, the family cannot draw this size.
    """
    family = FAMILIES[loaded.family]
    shared = parts[0].parameters
    images = get_image_parameters(parts)
    if shared.width % family.size_multiple or shared.height % family.size_multiple:
        raise GenerationError(
            "refused",
            f"{family.label} draws sizes in multiples of {family.size_multiple}; got {shared.width}x{shared.height}.",
        )
    # The same prompt is encoded once and repeated; different ones are encoded one for each image.
    alike = len({(image.prompt, image.negative_prompt) for image in images}) == 1
    first = images[0]
    arguments: dict[str, Any] = {
        "prompt": first.prompt if alike else [image.prompt for image in images],
        "negative_prompt": first.negative_prompt if alike else [image.negative_prompt for image in images],
        "width": first.width,
        "height": first.height,
        "num_inference_steps": first.steps,
        "guidance_scale": first.guidance_scale,
        "num_images_per_prompt": len(images) if alike else 1,
        "generator": generators(images),
    }
    if not family.flow and SAMPLERS[first.sampler].takes_eta:
        arguments["eta"] = first.eta
    if first.guidance_rescale:
        arguments["guidance_rescale"] = first.guidance_rescale
    return _BY_FAMILY.get(loaded.family, _as_they_are)(arguments, first)


def _as_they_are(arguments: dict[str, Any], first: ResolvedParameters) -> dict[str, Any]:
    return arguments


def _flux(arguments: dict[str, Any], first: ResolvedParameters) -> dict[str, Any]:
    """Distilled guidance knows no negative prompt; with true classifier-free guidance beside it there is one."""
    if first.true_cfg_scale > 1:
        return {**arguments, "true_cfg_scale": first.true_cfg_scale}
    del arguments["negative_prompt"]
    return arguments


_BY_FAMILY: Mapping[str, Callable[[dict[str, Any], ResolvedParameters], dict[str, Any]]] = {"flux": _flux}
