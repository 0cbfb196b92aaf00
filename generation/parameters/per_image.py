"""What each image of a job is drawn with: its own seed, its own prompt, its own cell of the grid."""

from collections.abc import Iterator, Sequence
from typing import Any

from generation.parameters import grids
from generation.parameters.batch_fields import shared_fields
from generation.parameters.nested import LoraUse
from generation.parameters.prompts import split_loras
from generation.parameters.schema import ResolvedParameters


def image_count(parameters: ResolvedParameters) -> int:
    """Return how many images the job has, the kept original among them."""
    return grids.cell_count(parameters.grid) * parameters.count + originals(parameters)


def originals(parameters: ResolvedParameters) -> int:
    """Return how many of the first images are not drawn but kept: 1 for an init image that is to be kept, else 0."""
    return int(parameters.keep_original)


def image_parameters(parameters: ResolvedParameters, index: int) -> ResolvedParameters:
    """Return what image `index` (0-based, below `image_count`) is drawn with: no grid, no list of prompts any more.

    A LoRA that a tag of its prompt names has joined `loras`, and the tag is gone. Its `seed` is the image's own; with a
    variation the seed stays, and `variation_seed` grows from image to image.
    """
    place = max(index - originals(parameters), 0)
    number, offset = divmod(place, parameters.count) if parameters.grid else (0, place)
    cell = grids.cell(parameters, number)
    # model_copy: all of it was checked when the job was accepted, and a seed may grow past the range of what is asked.
    own: dict[str, Any] = {"grid": None, "image_prompts": None, "image_negative_prompts": None}
    if parameters.image_prompts:
        own["prompt"] = parameters.image_prompts[place]
    if parameters.image_negative_prompts:
        own["negative_prompt"] = parameters.image_negative_prompts[place]
    text, tags = split_loras(own.get("prompt", cell.prompt))
    if tags:
        own |= {"prompt": text, "loras": (*cell.loras, *(LoraUse(name=name, weight=weight) for name, weight in tags))}
    growing = "variation_seed" if cell.variation_strength else "seed"
    return cell.model_copy(update={**own, growing: getattr(cell, growing) + offset})


def drawn_images(parameters: ResolvedParameters) -> Iterator[tuple[int, ResolvedParameters]]:
    """Yield index and parameters of every image that is drawn."""
    for index in range(originals(parameters), image_count(parameters)):
        yield index, image_parameters(parameters, index)


def groups(parameters: ResolvedParameters, indices: Sequence[int]) -> list[list[int]]:
    """Return `indices` in runs of images that one pipeline call can draw."""
    found: list[tuple[dict, list[int]]] = []
    for index in indices:
        shared = shared_fields(image_parameters(parameters, index))
        if not found or found[-1][0] != shared:
            found.append((shared, []))
        found[-1][1].append(index)
    return [run for _, run in found]
