"""Keyword arguments of a diffusers pipeline, made from the parameters of a call's images."""

from collections.abc import Sequence
from typing import Any

import torch

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.families.record import Family
from generation.parameters.catalog import SAMPLERS
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import Part


class Guidance(float):
    """A guidance scale below 0, which pipelines apply like one above 1: away from the prompt.

    They compare the scale with 1 (Z-Image with 0) to learn whether guidance is on.
    """

    def __gt__(self, other: float) -> bool:
        """Return that guidance is on."""
        return True


def get_image_parameters(parts: Sequence[Part]) -> list[ResolvedParameters]:
    """Return the parameters of each image of a call, in the order of the batch."""
    return [one for part in parts for one in part.image_parameters.values()]


def make_generators(image_parameters: Sequence[ResolvedParameters]) -> list[torch.Generator]:
    """Return a CPU generator for each image, seeded with the image's own seed: the same numbers on every device."""
    return [torch.Generator("cpu").manual_seed(one.seed) for one in image_parameters]


def call_arguments(loaded: Loaded, parts: Sequence[Part]) -> dict[str, Any]:
    """Return the keyword arguments with which the bare text-to-image pipeline generates the same images.

    Raises:
        GenerationError: `refused`, the family cannot generate this size.
    """
    family = FAMILIES[loaded.family]
    shared = parts[0].parameters
    image_parameters = get_image_parameters(parts)
    if shared.width % family.size_multiple or shared.height % family.size_multiple:
        raise GenerationError(
            "refused",
            f"{family.label} needs width and height in multiples of {family.size_multiple}; "
            f"got {shared.width}x{shared.height}.",
        )
    # Identical prompts are encoded once and repeated; different ones are encoded once for each image.
    alike = len({(one.prompt, one.negative_prompt) for one in image_parameters}) == 1
    first = image_parameters[0]
    arguments: dict[str, Any] = {
        "prompt": first.prompt if alike else [one.prompt for one in image_parameters],
        "negative_prompt": first.negative_prompt if alike else [one.negative_prompt for one in image_parameters],
        "width": first.width,
        "height": first.height,
        "num_inference_steps": first.steps,
        "guidance_scale": first.guidance_scale if first.guidance_scale >= 0 else Guidance(first.guidance_scale),
        "num_images_per_prompt": len(image_parameters) if alike else 1,
        "generator": make_generators(image_parameters),
    }
    if not family.flow and SAMPLERS[first.sampler].takes_eta:
        arguments["eta"] = min(first.eta, SAMPLERS[first.sampler].most_eta)
    if first.guidance_rescale:
        arguments["guidance_rescale"] = first.guidance_rescale
    return _name_guidance(family, arguments, first)


def _name_guidance(family: Family, arguments: dict[str, Any], first: ResolvedParameters) -> dict[str, Any]:
    """Return `arguments` with guidance and negative prompt under the names by which the family's pipelines take them.

    Distilled guidance takes no negative prompt, unless there is true classifier-free guidance as well.
    """
    if family.guidance == "embedded" and first.true_cfg_scale > 1:
        return {**arguments, "true_cfg_scale": first.true_cfg_scale}
    left_out = set() if family.prompts.negative else {"negative_prompt"}
    if family.guidance == "embedded":
        left_out.add("negative_prompt")
    if family.guidance in ("true_cfg", "none"):
        left_out.add("guidance_scale")
    if family.guidance == "true_cfg":
        # Without a negative prompt these pipelines leave guidance out; a space is what their makers use for none.
        arguments = {**arguments, "true_cfg_scale": arguments["guidance_scale"]}
        given = arguments["negative_prompt"]
        arguments["negative_prompt"] = [one or " " for one in given] if isinstance(given, list) else given or " "
    return {name: value for name, value in arguments.items() if name not in left_out}
