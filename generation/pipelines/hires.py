"""Hires fix: upscale the result of the first pass and run a second, image-to-image pass at the larger size.

A checkpoint works well at the sizes it was trained with; beyond them it duplicates heads and bodies. So the first pass
decides the composition and the second adds the detail of the larger size. Where there is a choice, this follows A1111:

- All `steps` of the second pass are made, whatever the denoising strength; diffusers by itself would make only that
  share of them. If that would need a schedule of more than 500 steps, fewer are made.
- Each image starts again with a fresh generator of its own seed, so the second pass does not depend on the random
  numbers that the first one used.
- Latents are interpolated (bilinear, bicubic or nearest-exact), which blurs; a strength of 0.5 or more hides that.
  Otherwise images are decoded, rounded to 8 bits, upscaled and encoded again.

The larger size is rounded to the family's multiple.
"""

import inspect
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generation.families import FAMILIES
from generation.parameters import catalog
from generation.parameters.nested import Hires
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.arguments import make_generators
from generation.pipelines.image_inputs import pipeline_for
from generation.pipelines.latents.packing import unpack_latents
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import Assets
from generation.pipelines.upscaling import OnTile, upscale_to

LATENT = "latent"
_FINEST = 500  # steps of a schedule: about the most that samplers can still tell apart
# Arguments of the first pass alone; the others hold for the second pass as well.
_FIRST_PASS_ONLY = frozenset(
    {"width", "height", "num_inference_steps", "generator", "latents", "output_type", "image", "strength", "mask_image"}
)


class RunPass(Protocol):
    """A function that runs a pipeline with scheduler, watch, previews and callback, and returns its `images`."""

    def __call__(self, pipe: Any, arguments: dict[str, Any], *, size: tuple[int, int] | None = None) -> Any:
        """Run `pipe`; `size`: width and height of the images in pixels."""


def get_upscaler(hires: Hires) -> str:
    """Return the key or slug of the upscaler between the passes."""
    return hires.upscaler or LATENT


def wants_latents(parameters: ResolvedParameters) -> bool:
    """Return whether the first pass has to end with latents (`output_type="latent"`) instead of images."""
    if parameters.hires is None:
        return False
    row = catalog.UPSCALERS.get(get_upscaler(parameters.hires))
    return row is not None and bool(row.latent)


def count_steps(parameters: ResolvedParameters) -> int:
    """Return how many steps the second pass makes; 0 if there is none."""
    if parameters.hires is None:
        return 0
    steps, strength = schedule(parameters.hires.steps or parameters.steps, parameters.hires.strength)
    return round(steps * strength)


def get_second_pass_size(parameters: ResolvedParameters, family: str) -> tuple[int, int]:
    """Return width and height of the second pass in pixels: the scaled size, rounded to the family's multiple."""
    assert parameters.hires is not None
    multiple, scale = FAMILIES[family].size_multiple, parameters.hires.scale
    width, height = (
        max(multiple, math.floor(side * scale / multiple + 0.5) * multiple)
        for side in (parameters.width, parameters.height)
    )
    return width, height


def schedule(steps: int, strength: float) -> tuple[int, float]:
    """Return `num_inference_steps` and `strength` with which an image-to-image pipeline makes exactly `steps` steps.

    The strength is moved to the nearest one that the schedule has a step for, and by one ulp if rounding needs it: some
    pipelines round the number of steps down, others up.
    """
    least = steps if strength == 1 else steps + 1  # below full strength something of the image is kept
    finest = min(_FINEST, max(least, round(steps / strength)))
    taken = min(steps, max(1, round(finest * strength)))
    return next(found for total in itertools.count(finest) for found in _exact_strengths(taken, total))


def _exact_strengths(taken: int, total: int) -> Iterator[tuple[int, float]]:
    """Yield `total` and a strength with which `taken` of its steps are made, however a pipeline rounds, if any."""
    share = taken / total
    for strength in (share, math.nextafter(share, 0)):
        exact = total * strength
        if int(exact) == taken == total - int(total - exact):
            yield total, strength


def second_pass(
    loaded: Loaded,
    first_output: Tensor | np.ndarray,
    image_parameters: Sequence[ResolvedParameters],
    run: RunPass,
    *,
    first: Mapping[str, Any],
    assets: Assets | None = None,
    on_tile: OnTile | None = None,
) -> np.ndarray:
    """Return the images of the second pass, (images, height, width, 3) numbers of 0 to 1.

    Args:
        loaded: the checkpoint of the first pass.
        first_output: latents in the pipeline's shape if `wants_latents`, else an array (images, height, width, 3) of
            0 to 1.
        image_parameters: of each image; all agree on `hires` and the size.
        run: runs the pipeline.
        first: arguments of the first pass; prompts and guidance are taken from there.
        assets: weights of upscalers by ("upscaler", slug).
        on_tile: see `upscaling.upscale`.

    Raises:
        GenerationCancelled: no image of the call is wanted any more.
        GenerationError: the upscaler is missing or cannot be used.
    """
    shared = image_parameters[0]
    assert shared.hires is not None
    size = get_second_pass_size(shared, loaded.family)
    pipe = pipeline_for(loaded, "image_to_image")
    steps, strength = schedule(shared.hires.steps or shared.steps, shared.hires.strength)
    if wants_latents(shared):
        start: Any = _upscale_latents(loaded, first_output, shared, size)
        # A pipeline tells latents from images by their channels; some expect four, whatever the autoencoder has.
        pipe.image_processor.register_to_config(vae_latent_channels=start.shape[1])
    else:
        start = [
            upscale_to(
                small, size, upscaler=get_upscaler(shared.hires), assets=assets, device=loaded.device, on_tile=on_tile
            )
            for small in _to_images(first_output)
        ]
    arguments = {name: value for name, value in first.items() if name not in _FIRST_PASS_ONLY} | {
        "image": start,
        "strength": strength,
        "num_inference_steps": steps,
        "generator": make_generators(image_parameters),
        "width": size[0],
        "height": size[1],
    }
    known = inspect.signature(pipe.__call__).parameters
    with _allow_latent_input(pipe, start):
        result: np.ndarray = run(pipe, {name: value for name, value in arguments.items() if name in known}, size=size)
    return result


@contextmanager
def _allow_latent_input(pipe: Any, start: Any) -> Iterator[None]:
    """Let `pipe` start from latents of any number of channels while the context lasts.

    Stable Diffusion's pipelines take only four-channel input for latents, whatever their autoencoder has, and encode
    everything else; Flux's with a ControlNet encode whatever they are given. Maps are encoded as before.
    """
    if not isinstance(start, Tensor) or start.shape[1] == 4:
        yield
        return
    vae, channels = pipe.vae, start.shape[1]
    encode, config = vae.encode, vae.config

    def pass_on(pixels: Tensor, *args: Any, **options: Any) -> Any:
        if pixels.shape[1] != channels:
            return encode(pixels, *args, **options)
        # The inverse of what pipelines do with encoded images.
        return SimpleNamespace(latents=pixels / config.scaling_factor + (config.get("shift_factor") or 0))

    vae.encode = pass_on
    try:
        yield
    finally:
        del vae.encode


def _upscale_latents(loaded: Loaded, first_output: Any, shared: ResolvedParameters, size: tuple[int, int]) -> Tensor:
    assert shared.hires is not None
    scale = loaded.pipe.vae_scale_factor
    latents: Tensor = torch.as_tensor(first_output)
    latents = unpack_latents(loaded.family, latents, shared.width // scale, shared.height // scale)
    mode = catalog.UPSCALERS[get_upscaler(shared.hires)].latent
    return functional.interpolate(latents, size=(size[1] // scale, size[0] // scale), mode=mode)


def _to_images(pixels: Any) -> list[Image.Image]:
    return [Image.fromarray((one * 255).round().clip(0, 255).astype(np.uint8)) for one in pixels]
