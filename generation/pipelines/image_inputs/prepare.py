"""From the pictures of a call to what its pipeline is given, and back to finished pictures."""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from generation.errors import GenerationError
from generation.parameters.catalog import FAMILIES
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.image_inputs.canvas import Frame, frame, is_seeded
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import InputImages

# What pipelines that start from a picture may not take, because they take it from the picture.
_OF_THE_PICTURE = ("width", "height")


@dataclass(frozen=True)
class Prepared:
    """What a call from pictures needs beside the arguments of text-to-image.

    `arguments` join those; `ready` makes the fresh scheduler of the run fit; `finish(position, picture)` returns the
    finished picture for what was drawn at `position` of the batch.
    """

    arguments: dict[str, Any]
    frames: tuple[Frame, ...]
    ready: Callable[[Any], None]

    def finish(self, position: int, picture: Image.Image) -> Image.Image:
        """Return the finished picture; what was not to be changed is bit for bit what came."""
        return self.frames[position].finish(picture)


def prepare(loaded: Loaded, images: Sequence[ResolvedParameters], input_images: Sequence[InputImages]) -> Prepared:
    """Return what is needed to draw `images` from their `input_images` in one call.

    Every image gets its own picture, mask and place in the lists, and is encoded with its own generator: so it comes
    out the same wherever it stands in the batch, and jobs that differ in pictures alone can share a call.

    Args:
        loaded: the checkpoint.
        images: what each image is drawn with, in the order of the batch; task `image_to_image` or `inpaint`.
        input_images: of each image, in that order.

    Raises:
        GenerationError: `picture_missing`, an image has nothing to start from.
    """
    made: dict[tuple[int, int | None], Frame] = {}
    frames = []
    for image, own in zip(images, input_images, strict=True):
        key = id(own), image.seed if is_seeded(image) else None
        if key not in made:
            made[key] = frame(image, own)
        frames.append(made[key])
    shared, flow = images[0], FAMILIES[loaded.family].flow
    strength = reached_strength(shared.steps, shared.strength, flow=flow)
    arguments: dict[str, Any] = {"image": [one.start for one in frames], "strength": strength}
    if shared.task == "inpaint":
        arguments["mask_image"] = [one.mask for one in frames]
    return Prepared(arguments, tuple(frames), lambda scheduler: make_ready(scheduler, shared, flow=flow))


def arguments_for(pipe: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return `arguments` as `pipe` takes them: without width and height where it takes those from the picture.

    Raises:
        GenerationError: `refused`, the pipeline does not take something else.
    """
    known = inspect.signature(pipe.__call__).parameters
    kept = {name: value for name, value in arguments.items() if name in known or name not in _OF_THE_PICTURE}
    if unknown := [name for name in kept if name not in known]:
        raise GenerationError("refused", f"{type(pipe).__name__} does not take {', '.join(unknown)}.")
    return kept


def reached_strength(steps: int, strength: float, *, flow: bool) -> float:
    """Return the strength to draw with: at least what leaves one of `steps` steps to do.

    diffusers does int(steps * strength) steps (flow families round up) and stumbles over none at all.
    """
    if flow or int(steps * strength) >= 1:
        return strength
    least = 1 / steps
    return least if int(steps * least) >= 1 else math.nextafter(least, 1)


def make_ready(scheduler: Any, shared: ResolvedParameters, *, flow: bool) -> None:
    """Make the fresh `scheduler` of a run cover pictures with noise as `shared` wants it.

    Its first covering is multiplied by `noise_multiplier`: that of the picture one starts from. Later ones belong to
    inpainting, which covers what is kept at every step. Inpainting at full strength starts from noise alone, so there
    the multiplier changes nothing.
    """
    if flow and not hasattr(scheduler, "scale_noise"):  # solvers of the DPM family, which call it otherwise
        scheduler.scale_noise = lambda sample, timestep, noise: scheduler.add_noise(sample, noise, timestep)
    from_noise = shared.task == "inpaint" and shared.strength == 1
    if shared.noise_multiplier != 1 and not from_noise:
        name = "scale_noise" if flow else "add_noise"
        setattr(scheduler, name, _first_louder(getattr(scheduler, name), shared.noise_multiplier))


def _first_louder(cover: Callable[..., Any], multiplier: float) -> Callable[..., Any]:
    """Return `cover` with its noise multiplied at the first call; which argument that is, its name says."""
    first = [True]
    signature = inspect.signature(cover)

    def covered(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        if first:
            first.clear()
            given.arguments["noise"] = given.arguments["noise"] * multiplier
        return cover(*given.args, **given.kwargs)

    return covered
