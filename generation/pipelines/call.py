"""One call of one loaded checkpoint: from what each image is drawn with to finished pictures.

A call has one or more passes (base, refiner, hires); `Call.run` does each of them the same way.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from generation.errors import GenerationCancelled, GenerationError
from generation.parameters.catalog import FAMILIES
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import adapters, hires, image_inputs
from generation.pipelines.adapters import AppliedAdapters
from generation.pipelines.arguments import call_arguments, get_image_parameters
from generation.pipelines.callbacks import StepCallback
from generation.pipelines.encoding import encoded
from generation.pipelines.loading.load import Loaded
from generation.pipelines.noise import initial_latents
from generation.pipelines.previews.latent_rgb import LatentToRGB, painter_or_none
from generation.pipelines.previews.preview_thread import Previews
from generation.pipelines.protocol import Assets, Drawn, GeneratedImage, Part, Timings
from generation.pipelines.receipts import describe
from generation.pipelines.scheduler_watch import SchedulerWatch
from generation.pipelines.schedulers import make_scheduler
from generation.pipelines.upscaling import enlarge


class PipelineCall:
    """What every pass of a call shares: the checkpoint, the images, who hears of them, and how far it is."""

    def __init__(
        self, loaded: Loaded, latent_to_rgb: LatentToRGB | None, parts: Sequence[Part], assets: Assets, timings: Timings
    ) -> None:
        """Draw the images of `parts` with `loaded` and `assets`; note seconds in `timings`."""
        self.loaded = loaded
        self.assets = assets
        self.parts = parts
        self.images = get_image_parameters(parts)
        self.shared = self.images[0]
        self.prepared: image_inputs.Prepared | None = None  # where the images start from pictures
        self.scheduler: Any = None  # of the last pass, for the receipt
        self.receipt: dict[str, Any] = {}  # filled once everything is done; all images of the call share it
        self.latent_to_rgb = latent_to_rgb
        self._timings = timings
        self._done = 0  # callbacks of the passes before
        self._coming = _steps_after_the_first(self.shared)  # expected callbacks of the passes that follow, in order

    def run(
        self,
        pipe: Any,
        arguments: dict[str, Any],
        *,
        size: tuple[int, int] | None = None,
        ready: Callable[[Any], None] | None = None,
    ) -> Any:
        """Run one pass and return the pipeline's images: an array (images, height, width, 3) of 0 to 1.

        With `output_type="latent"` among the arguments: a tensor of latents. `size`: width and height in pixels of
        what this pass draws; by default the job's. `ready` makes the pass's fresh scheduler fit.

        Raises:
            GenerationCancelled: no image of the call is wanted any more.
        """
        shared, timings = self.shared, self._timings
        steps = arguments.get("num_inference_steps", shared.steps)
        scheduler = make_scheduler(self.loaded.pipe, shared.sampler, shared.schedule, steps=steps)
        self.scheduler = scheduler
        if ready is not None:
            ready(scheduler)
        watch = SchedulerWatch(scheduler, flow=FAMILIES[self.loaded.family].flow)
        shown = size or (shared.width, shared.height)
        with Previews(self.latent_to_rgb, self.parts, size=shown) as previews, _borrowed(pipe, scheduler):
            callback = StepCallback(self.parts, watch, previews, self.loaded.device)
            callback.before, callback.after = self._done, sum(self._coming)
            began = time.perf_counter()
            output = pipe(**{"output_type": "np", **arguments}, callback_on_step_end=callback)
            ended = time.perf_counter()
        self._done += callback.total
        self._coming = self._coming[1:]
        denoising = watch.began_at or began
        decoding = callback.ended_at or ended
        timings.add("encode", denoising - began)
        timings.add("denoise", decoding - denoising)
        timings.add("decode", ended - decoding)
        timings.add("preview", time.perf_counter() - ended)
        return output.images

    def check_cancelled(self, done: int = 0, total: int = 0) -> None:
        """Go on between two tiles of an upscaler, unless nobody waits any more.

        Raises:
            GenerationCancelled: no image of the call is wanted any more.
        """
        if not any(part.is_wanted() for part in self.parts):
            raise GenerationCancelled


def draw(
    loaded: Loaded, latent_to_rgb: LatentToRGB | None, parts: Sequence[Part], *, assets: Assets, timings: Timings
) -> list[Drawn]:
    """Draw the images of every part; return what became of each part, in that order."""
    call = PipelineCall(loaded, latent_to_rgb, parts, assets, timings)
    began = time.perf_counter()
    with adapters.applied(loaded, call.shared, assets, parts[0].input_images) as fitted:
        if call.shared.vae is not None:
            call.latent_to_rgb = painter_or_none(loaded)
        pixels = _passes(call, fitted)
    each = (time.perf_counter() - began) / len(call.images)
    began = time.perf_counter()
    finished = _finish(call, pixels, seconds_each=each)
    timings.add("upscale", time.perf_counter() - began)
    call.receipt |= describe(loaded, call.scheduler, assets=assets, timings=timings)
    return finished


def _passes(call: PipelineCall, fitted: AppliedAdapters) -> np.ndarray:
    """Run every pass of a call; return the pictures of the last, (images, height, width, 3) numbers of 0 to 1."""
    loaded, shared = call.loaded, call.shared
    last = {"output_type": "latent"} if hires.wants_latents(shared) else {}
    asked = call_arguments(loaded, call.parts)
    pipe, given = fitted.of(image_inputs.pipeline_for(loaded, shared.task))
    if shared.task == "text_to_image":
        asked = _with_noise(call, asked)
    else:
        input_images = [part.input_images for part in call.parts for _ in part.indices]
        call.prepared = image_inputs.prepare(loaded, call.images, input_images)
        asked |= call.prepared.arguments
    arguments = image_inputs.arguments_for(pipe, {**asked, **last, **given, **adapters.stopping(fitted)})
    with encoded(pipe, call.images, arguments) as ready, image_inputs.of_any_latents(pipe):
        drawn = call.run(pipe, ready, ready=call.prepared.ready if call.prepared else None)
    if fitted.refiner is not None:
        drawn = adapters.refine(_ending(call), fitted, {**asked, **last}, drawn)
    if shared.hires is not None:
        run, assets, on_tile = _again(call, fitted), call.assets, call.check_cancelled
        drawn = hires.second_pass(loaded, drawn, call.images, run, first=asked, assets=assets, on_tile=on_tile)
    return drawn


def _again(call: PipelineCall, fitted: AppliedAdapters) -> hires.Run:
    """Return what runs a further pass, with the adapters on and the prompts read as in the first."""

    def run(pipe: Any, arguments: dict[str, Any], *, size: tuple[int, int] | None = None) -> Any:
        pipe, given = fitted.of(pipe, size)
        whole = image_inputs.arguments_for(pipe, {**arguments, **given})
        with encoded(pipe, call.images, whole, after=call.shared.steps) as ready:
            return call.run(pipe, ready, size=size)

    return run


def _ending(call: PipelineCall) -> Callable[[Any, dict[str, Any]], Any]:
    """Return what runs a refiner's part of the steps, which reads the prompts with its own encoder."""

    def run(pipe: Any, arguments: dict[str, Any]) -> Any:
        with encoded(pipe, call.images, arguments) as ready:
            return call.run(pipe, ready)

    return run


def _with_noise(call: PipelineCall, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return `arguments` with the noise to begin from, where it is not the pipeline's own."""
    loaded = call.loaded
    latents = initial_latents(loaded.pipe, loaded.family, call.images, arguments["generator"], dtype=loaded.dtype)
    return arguments if latents is None else {**arguments, "latents": latents}


def _steps_after_the_first(shared: ResolvedParameters) -> list[int]:
    passes = [round(shared.steps * (1 - shared.refiner.start))] if shared.refiner else []
    return [*passes, *([hires.count_steps(shared)] if shared.hires else [])]


def _finish(call: PipelineCall, pixels: np.ndarray, *, seconds_each: float) -> list[Drawn]:
    """Return the pictures of each part, those that are still wanted, enlarged as it wishes."""
    rows = iter(enumerate(pixels))
    drawn: list[Drawn] = []
    for part in call.parts:
        own = dict(zip(part.indices, rows, strict=False))  # takes as many rows as the part has images
        try:
            drawn.append(
                [
                    _picture(call, part, index, position, row, seconds=seconds_each)
                    for index, (position, row) in own.items()
                    if part.wants(index)
                ]
            )
        except GenerationError as error:
            drawn.append(error)
    return drawn


def _picture(
    call: PipelineCall, part: Part, index: int, position: int, pixels: np.ndarray, *, seconds: float
) -> GeneratedImage:
    """Return the image of (height, width, 3) numbers from 0 to 1."""
    loaded, requested = call.loaded, part.images[index]
    if not np.isfinite(pixels).all():
        raise GenerationError(
            "checkpoint_invalid",
            f"{loaded.source.slug} gave no picture but numbers out of range; with half precision "
            "its autoencoder may need a corrected version, and very high guidance can do it too.",
        )
    began = time.perf_counter()
    [picture] = loaded.pipe.image_processor.numpy_to_pil(pixels[None])
    if call.prepared is not None:
        picture = call.prepared.finish(position, picture)
    picture = enlarge(
        picture,
        upscaler=requested.upscaler,
        factor=requested.upscale_by,
        assets=call.assets,
        device=loaded.device,
        on_tile=call.check_cancelled,
    )
    seconds += time.perf_counter() - began
    return GeneratedImage(index, requested.seed, picture, len(call.images), seconds, position, call.receipt)


@contextmanager
def _borrowed(pipe: Any, scheduler: Any) -> Iterator[None]:
    """Lend the pipeline `scheduler` for one run, and leave it as it was whatever happens."""
    own = pipe.scheduler
    pipe.scheduler = scheduler
    try:
        yield
    except BaseException:
        # A pipeline that returns does this itself; after a raise its parts would stay on the device.
        pipe.maybe_free_model_hooks()
        raise
    finally:
        pipe.scheduler = own
