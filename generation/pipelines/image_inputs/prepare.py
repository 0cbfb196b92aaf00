"""Preparation of a call's input images for its pipeline, and of the finished images from its output."""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.image_inputs.canvas import Canvas, depends_on_seed, make_canvas
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import InputImages

# Arguments that pipelines may not have because they take them from the init image.
_TAKEN_FROM_IMAGE = ("width", "height")


@dataclass(frozen=True)
class PreparedInputs:
    """Additional inputs of a call with input images.

    `arguments` are added to those of text-to-image; `prepare_scheduler` adapts the fresh scheduler of the run;
    `finish(position, image)` returns the finished image from the result at `position` of the batch.
    """

    arguments: dict[str, Any]
    canvases: tuple[Canvas, ...]
    prepare_scheduler: Callable[[Any], None]

    def finish(self, position: int, image: Image.Image) -> Image.Image:
        """Return the finished image; what was not masked is that of the init image, bit for bit."""
        return self.canvases[position].finish(image)


def prepare(
    loaded: Loaded, image_parameters: Sequence[ResolvedParameters], input_images: Sequence[InputImages]
) -> PreparedInputs:
    """Return the additional inputs for generating images from their `input_images` in one call.

    Every image has its own init image and mask in the lists and is encoded with its own generator: so the result does
    not depend on its place in the batch, and jobs that differ only in input images can share a call.

    Args:
        loaded: the checkpoint.
        image_parameters: of each image, in the order of the batch; task `image_to_image` or `inpaint`.
        input_images: of each image, in that order.

    Raises:
        GenerationError: `picture_missing`, there is no init image.
    """
    canvas_by_key: dict[tuple[int, int | None], Canvas] = {}
    canvases = []
    for one, own in zip(image_parameters, input_images, strict=True):
        key = id(own), one.seed if depends_on_seed(one) else None
        if key not in canvas_by_key:
            canvas_by_key[key] = make_canvas(one, own)
        canvases.append(canvas_by_key[key])
    shared, flow = image_parameters[0], FAMILIES[loaded.family].flow
    strength = effective_strength(shared.steps, shared.strength, flow=flow)
    arguments: dict[str, Any] = {"image": [one.start for one in canvases], "strength": strength}
    if shared.task == "inpaint":
        arguments["mask_image"] = [one.mask for one in canvases]
    return PreparedInputs(arguments, tuple(canvases), lambda scheduler: prepare_scheduler(scheduler, shared, flow=flow))


def arguments_for(pipe: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return `arguments` as `pipe` takes them: without width and height if it takes those from the init image.

    Raises:
        GenerationError: `refused`, the pipeline does not take another argument.
    """
    known = inspect.signature(pipe.__call__).parameters
    kept = {name: value for name, value in arguments.items() if name in known or name not in _TAKEN_FROM_IMAGE}
    if unknown := [name for name in kept if name not in known]:
        raise GenerationError("refused", f"{type(pipe).__name__} does not take {', '.join(unknown)}.")
    return kept


def effective_strength(steps: int, strength: float, *, flow: bool) -> float:
    """Return the denoising strength to use: at least as much as one of `steps` steps needs.

    diffusers makes int(steps * strength) steps (flow families round up) and fails with none.
    """
    if flow or int(steps * strength) >= 1:
        return strength
    least = 1 / steps
    return least if int(steps * least) >= 1 else math.nextafter(least, 1)


def prepare_scheduler(scheduler: Any, shared: ResolvedParameters, *, flow: bool) -> None:
    """Make the fresh `scheduler` of a run add noise to init images as `shared` requests.

    Only the first addition of noise, to the init image, is multiplied by `noise_multiplier`. Later ones belong to
    inpainting, which adds noise to the unmasked part at every step. Inpainting at full strength starts from noise
    alone, so there the multiplier has no effect.
    """
    if flow and not hasattr(scheduler, "scale_noise"):  # solvers of the DPM family have it under another name
        scheduler.scale_noise = lambda sample, timestep, noise: scheduler.add_noise(sample, noise, timestep)
    from_noise = shared.task == "inpaint" and shared.strength == 1
    if shared.noise_multiplier != 1 and not from_noise:
        name = "scale_noise" if flow else "add_noise"
        setattr(scheduler, name, _scale_first_noise(getattr(scheduler, name), shared.noise_multiplier))


def _scale_first_noise(add_noise: Callable[..., Any], multiplier: float) -> Callable[..., Any]:
    """Return `add_noise` with its argument named `noise` multiplied at the first call."""
    first = [True]
    signature = inspect.signature(add_noise)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs)
        if first:
            first.clear()
            given.arguments["noise"] = given.arguments["noise"] * multiplier
        return add_noise(*given.args, **given.kwargs)

    return wrapped
