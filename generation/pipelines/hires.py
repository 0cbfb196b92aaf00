"""The second pass of a hires picture: what was drawn is enlarged and drawn over at the larger size.

A checkpoint draws well at the sizes it was trained with, and twins and double heads beyond. So the first pass decides
what is where, and the second, an image-to-image pass, adds what the larger size has room for. A1111 calls it hires fix,
and where there is a choice this does as it does:

- `steps` of the second pass are made in full, whatever the strength; diffusers by itself would make only that share of
  them. Where that would need a schedule of more than 500 steps, fewer are made.
- Each image begins with a fresh generator of its own seed again, so the second pass depends on no number that the first
  one used up.
- Latents are enlarged without looking at them (bilinear, bicubic or nearest-exact), which blurs; a strength of 0.5 and
  more draws over that. Pictures are decoded, rounded to 8 bits, enlarged by an upscaler and encoded again.

The larger size is rounded to the family's multiple.
"""

import inspect
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generation.parameters import catalog
from generation.parameters.nested import Hires
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.arguments import generators
from generation.pipelines.image_inputs import pipeline_for
from generation.pipelines.loading.load import Loaded
from generation.pipelines.noise import unpack
from generation.pipelines.protocol import Assets
from generation.pipelines.upscaling import OnTile, enlarge_to

LATENT = "latent"
_FINEST = 500  # steps of a schedule: about as many as samplers can still tell apart
# What belongs to the first pass alone; everything else of its arguments counts for the second as well.
_OF_THE_FIRST = frozenset(
    {"width", "height", "num_inference_steps", "generator", "latents", "output_type", "image", "strength", "mask_image"}
)


class Run(Protocol):
    """Runs a pipeline with scheduler, watch, previews and callback; returns what it gives as `images`."""

    def __call__(self, pipe: Any, arguments: dict[str, Any], *, size: tuple[int, int] | None = None) -> Any:
        """`size`: width and height of the pictures, in pixels."""


def get_upscaler(hires: Hires) -> str:
    """Return the key or slug of what enlarges between the passes."""
    return hires.upscaler or LATENT


def wants_latents(parameters: ResolvedParameters) -> bool:
    """Tell whether the first pass has to end with latents (`output_type="latent"`) instead of pictures."""
    if parameters.hires is None:
        return False
    row = catalog.UPSCALERS.get(get_upscaler(parameters.hires))
    return row is not None and bool(row.latent)


def count_steps(parameters: ResolvedParameters) -> int:
    """Return how many steps the second pass makes; 0 where there is none."""
    if parameters.hires is None:
        return 0
    steps, strength = schedule(parameters.hires.steps or parameters.steps, parameters.hires.strength)
    return round(steps * strength)


def get_first_pass_size(parameters: ResolvedParameters, family: str) -> tuple[int, int]:
    """Return width and height of the second pass in pixels: the scaled size, rounded to the family's multiple."""
    assert parameters.hires is not None
    multiple, scale = catalog.FAMILIES[family].size_multiple, parameters.hires.scale
    width, height = (
        max(multiple, math.floor(side * scale / multiple + 0.5) * multiple)
        for side in (parameters.width, parameters.height)
    )
    return width, height


def schedule(steps: int, strength: float) -> tuple[int, float]:
    """Return `num_inference_steps` and `strength` with which an image-to-image pipeline makes exactly `steps` steps.

    The strength is moved to the next one that the schedule has a step for, and by a last digit where rounding needs it:
    some pipelines round the number of steps down, some up.
    """
    least = steps if strength == 1 else steps + 1  # what is not full strength keeps something of the picture
    finest = min(_FINEST, max(least, round(steps / strength)))
    made = min(steps, max(1, round(finest * strength)))
    return next(found for total in itertools.count(finest) for found in _exact(made, total))


def _exact(made: int, total: int) -> Iterator[tuple[int, float]]:
    """Yield `total` and a strength by which `made` of its steps are made, whichever way a pipeline rounds, if any."""
    share = made / total
    for strength in (share, math.nextafter(share, 0)):
        begun = total * strength
        if int(begun) == made == total - int(total - begun):
            yield total, strength


def second_pass(
    loaded: Loaded,
    drawn: Tensor | np.ndarray,
    images: Sequence[ResolvedParameters],
    run: Run,
    *,
    first: Mapping[str, Any],
    assets: Assets | None = None,
    on_tile: OnTile | None = None,
) -> np.ndarray:
    """Return the finished pictures, (images, height, width, 3) numbers of 0 to 1.

    Args:
        loaded: the checkpoint that drew the first pass.
        drawn: what the first pass gave: latents in the pipeline's shape where `wants_latents`, else an array
            (images, height, width, 3) of 0 to 1.
        images: what each image is drawn with; all agree on `hires` and the size.
        run: runs the pipeline.
        first: the first pass's arguments; prompts and guidance are taken from there.
        assets: weights of upscalers by ("upscaler", slug).
        on_tile: see `upscaling.enlarge`.

    Raises:
        GenerationCancelled: nothing of it is wanted any more.
        GenerationError: the upscaler is missing or cannot be used.
    """
    shared = images[0]
    assert shared.hires is not None
    size = get_first_pass_size(shared, loaded.family)
    pipe = pipeline_for(loaded, "image_to_image")
    steps, strength = schedule(shared.hires.steps or shared.steps, shared.hires.strength)
    if wants_latents(shared):
        image: Any = _larger_latents(loaded, drawn, shared, size)
        # By their channels a pipeline tells latents from pictures; some count on four, whatever their autoencoder has.
        pipe.image_processor.register_to_config(vae_latent_channels=image.shape[1])
    else:
        image = [
            enlarge_to(
                picture, size, upscaler=get_upscaler(shared.hires), assets=assets, device=loaded.device, on_tile=on_tile
            )
            for picture in _pictures(drawn)
        ]
    arguments = {name: value for name, value in first.items() if name not in _OF_THE_FIRST} | {
        "image": image,
        "strength": strength,
        "num_inference_steps": steps,
        "generator": generators(images),
        "width": size[0],
        "height": size[1],
    }
    known = inspect.signature(pipe.__call__).parameters
    with _entering_as_latents(pipe, image):
        result: np.ndarray = run(pipe, {name: value for name, value in arguments.items() if name in known}, size=size)
    return result


@contextmanager
def _entering_as_latents(pipe: Any, image: Any) -> Iterator[None]:
    """Let `pipe` start from latents of any number of channels for a while.

    Stable Diffusion's pipelines take only four channels for latents, whatever their autoencoder has, and encode others.
    """
    if not isinstance(image, Tensor) or image.shape[1] == 4:
        yield
        return
    vae = pipe.vae
    vae.encode = lambda latents: SimpleNamespace(latents=latents / vae.config.scaling_factor)
    try:
        yield
    finally:
        del vae.encode


def _larger_latents(loaded: Loaded, drawn: Any, shared: ResolvedParameters, size: tuple[int, int]) -> Tensor:
    assert shared.hires is not None
    scale = loaded.pipe.vae_scale_factor
    latents: Tensor = torch.as_tensor(drawn)
    if unpacking := _UNPACKING.get(loaded.family):
        latents = unpacking(latents, shared.width // scale, shared.height // scale)
    mode = catalog.UPSCALERS[get_upscaler(shared.hires)].latent
    return functional.interpolate(latents, size=(size[1] // scale, size[0] // scale), mode=mode)


def _pictures(pixels: Any) -> list[Image.Image]:
    return [Image.fromarray((one * 255).round().clip(0, 255).astype(np.uint8)) for one in pixels]


# Families whose latents leave the pipeline as tokens.
_UNPACKING: Mapping[str, Callable[[Tensor, int, int], Tensor]] = {"flux": unpack}
