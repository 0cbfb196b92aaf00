"""The images of a job: how many there are, which are generated, and which fit into one pipeline call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generation.parameters import grids
from generation.parameters.batch_fields import shared_fields
from generation.parameters.schema import ResolvedParameters


def image_count(resolved: ResolvedParameters) -> int:
    """Return how many images the job has, the kept original among them."""
    return grids.cell_count(resolved.grid) * resolved.count + originals(resolved)


def originals(resolved: ResolvedParameters) -> int:
    """Return how many of the first images are kept and not generated: 1 for an init image that is kept, else 0."""
    return int(resolved.keep_original)


def generated_images(resolved: ResolvedParameters) -> Iterator[tuple[int, ResolvedParameters]]:
    """Yield index and parameters of every image that is generated."""
    first = originals(resolved)
    yield from enumerate(resolved.images[first:], start=first)


def groups(resolved: ResolvedParameters, indices: Sequence[int]) -> list[list[int]]:
    """Return `indices` in runs of images that one pipeline call can generate."""
    found: list[tuple[dict, list[int]]] = []
    for index in indices:
        shared = shared_fields(resolved.images[index])
        if not found or found[-1][0] != shared:
            found.append((shared, []))
        found[-1][1].append(index)
    return [run for _, run in found]


def result_size(parameters: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return (width, height) in pixels after hires fix and upscaling; None where `parameters` have no size.

    `static/js/lib/result_size.js` does the same in the browser.

    `parameters` are resolved ones as JSON values. A hires pass rounds to a multiple of the family, so this is within
    that multiple of the file.
    """
    width, height = parameters.get("width"), parameters.get("height")
    if not width or not height:
        return None
    factor = ((parameters.get("hires") or {}).get("scale") or 1) * (parameters.get("upscale_by") or 1)
    return round(width * factor), round(height * factor)
