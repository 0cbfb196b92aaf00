"""One pipeline call of a loaded checkpoint, from the parameters of its images to the finished images.

A call has one or more passes (base, refiner, hires); `PipelineCall.run` runs each of them the same way.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from generation.errors import GenerationCancelled, GenerationError
from generation.families import FAMILIES
from generation.parameters.ranges import LARGEST_FINISHED_SIDE
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import adapters, decode, hires, image_inputs
from generation.pipelines.adapters import AppliedAdapters
from generation.pipelines.arguments import call_arguments, get_image_parameters
from generation.pipelines.callbacks import StepCallback
from generation.pipelines.encoding import encode_prompts
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.pipeline_state import restored_after_errors
from generation.pipelines.noise import initial_latents
from generation.pipelines.previews.latent_rgb import LatentToRGB, get_latent_to_rgb_or_none
from generation.pipelines.previews.preview_thread import Previews
from generation.pipelines.protocol import Assets, GeneratedImage, InputImages, Part, PartResult, Timings
from generation.pipelines.receipts import describe
from generation.pipelines.scheduler_watch import SchedulerWatch
from generation.pipelines.schedulers import make_scheduler, use_scheduler
from generation.pipelines.speed import Speed
from generation.pipelines.upscaling import upscale, upscale_to


class PipelineCall:
    """State that all passes of a call share: the checkpoint, the images, their hooks, and the progress."""

    def __init__(
        self,
        loaded: Loaded,
        latent_to_rgb: LatentToRGB | None,
        parts: Sequence[Part],
        assets: Assets,
        *,
        timings: Timings,
        speed: Speed,
    ) -> None:
        """Prepare to generate the images of `parts` with `loaded` and `assets`; add seconds to `timings`."""
        self.loaded = loaded
        self.assets = assets
        self.parts = parts
        self.image_parameters = get_image_parameters(parts)
        self.shared = self.image_parameters[0]
        self.prepared: image_inputs.PreparedInputs | None = None  # if the images start from input images
        self.scheduler: Any = None  # of the last pass, for the receipt
        self.decodings: list[decode.Decoding] = []  # of the passes that ended with images
        self.receipt: dict[str, Any] = {}  # filled at the end of the call; all its images share it
        self.latent_to_rgb = latent_to_rgb
        self.speed = speed
        self._timings = timings
        self._done = 0  # callbacks of the passes before
        self._remaining = _count_later_steps(self.shared)  # expected callbacks of the passes that follow, in order

    def run(
        self,
        pipe: Any,
        arguments: dict[str, Any],
        *,
        size: tuple[int, int] | None = None,
        prepare_scheduler: Callable[[Any], None] | None = None,
    ) -> Any:
        """Run one pass and return the pipeline's images: an array (images, height, width, 3) of 0 to 1.

        With `output_type="latent"` among the arguments: a tensor of latents. `size`: width and height in pixels of
        this pass's images; by default the job's. `prepare_scheduler` adapts the pass's fresh scheduler.

        Raises:
            GenerationCancelled: no image of the call is wanted any more.
        """
        shared, timings = self.shared, self._timings
        steps = arguments.get("num_inference_steps", shared.steps)
        spacing = shared.timestep_spacing
        scheduler = make_scheduler(
            self.loaded.pipe, shared.sampler, shared.schedule, timestep_spacing=spacing, steps=steps
        )
        self.scheduler = scheduler
        if prepare_scheduler is not None:
            prepare_scheduler(scheduler)
        watch = SchedulerWatch(scheduler, flow=FAMILIES[self.loaded.family].flow)
        size = size or (shared.width, shared.height)
        way = decode.plan(self.loaded, pipe, size, images=len(self.image_parameters))
        with Previews(self.latent_to_rgb, self.parts, size=size) as previews, use_scheduler(pipe, scheduler):
            callback = StepCallback(self.parts, watch, previews, self.loaded.device)
            callback.before, callback.after = self._done, sum(self._remaining)
            began = time.perf_counter()
            # Input images are encoded like the result is decoded.
            with decode.use_tiles(pipe.vae, way.tile), self.speed.cached(pipe):
                output = pipe(**{**arguments, "output_type": "latent"}, callback_on_step_end=callback).images
            if arguments.get("output_type") != "latent":
                output, way = decode.decode(self.loaded, pipe, output, size, way)
                self.decodings.append(way)
                pipe.maybe_free_model_hooks()  # as the pipeline itself does after decoding
            ended = time.perf_counter()
        self._done += callback.total
        self._remaining = self._remaining[1:]
        denoising = watch.began_at or began
        decoding = callback.ended_at or ended
        timings.add("encode", denoising - began)
        timings.add("denoise", decoding - denoising)
        timings.add("decode", ended - decoding)
        timings.add("preview", time.perf_counter() - ended)
        return output

    def check_cancelled(self, done: int = 0, total: int = 0) -> None:
        """Stop between two tiles of an upscaler if the call was cancelled.

        Raises:
            GenerationCancelled: no image of the call is wanted any more.
        """
        if not any(part.is_wanted() for part in self.parts):
            raise GenerationCancelled


def generate_images(
    loaded: Loaded, latent_to_rgb: LatentToRGB | None, parts: Sequence[Part], *, assets: Assets, timings: Timings
) -> list[PartResult]:
    """Generate the images of every part; return the result of each part, in their order."""
    speed = Speed.of(loaded, parts)
    parts = speed.adjusted(parts)
    call = PipelineCall(loaded, latent_to_rgb, parts, assets, timings=timings, speed=speed)
    began = time.perf_counter()
    with (
        restored_after_errors(loaded),
        adapters.apply_adapters(loaded, call.shared, assets, parts[0].input_images) as applied_adapters,
    ):
        if call.shared.vae is not None:
            call.latent_to_rgb = get_latent_to_rgb_or_none(loaded)
        pixels = _run_passes(call, applied_adapters)
    each = (time.perf_counter() - began) / len(call.image_parameters)
    began = time.perf_counter()
    finished = _finish_images(call, pixels, seconds_each=each)
    timings.add("upscale", time.perf_counter() - began)
    how = speed.as_receipt()
    call.receipt |= describe(
        loaded, call.scheduler, decodings=call.decodings, assets=assets, timings=timings, speed=how
    )
    return finished


def _run_passes(call: PipelineCall, applied_adapters: AppliedAdapters) -> np.ndarray:
    """Run every pass of a call; return the images of the last, (images, height, width, 3) numbers of 0 to 1."""
    loaded, shared = call.loaded, call.shared
    last = {"output_type": "latent"} if hires.wants_latents(shared) else {}
    first = call_arguments(loaded, call.parts)
    pipe, added = applied_adapters.adapt(image_inputs.pipeline_for(loaded, shared.task))
    if shared.task == "text_to_image":
        first = _add_initial_noise(call, first)
    else:
        input_images = [part.input_images for part in _with_larger_init_images(call) for _ in part.indices]
        call.prepared = image_inputs.prepare(loaded, call.image_parameters, input_images)
        first |= call.prepared.arguments
    handover = adapters.get_base_pass_arguments(applied_adapters)
    arguments = image_inputs.arguments_for(pipe, {**first, **last, **added, **handover})
    prepare_scheduler = call.prepared.prepare_scheduler if call.prepared else None
    with (
        encode_prompts(pipe, call.image_parameters, arguments) as encoded,
        image_inputs.allow_any_latent_channels(pipe),
    ):
        output = call.run(pipe, encoded, prepare_scheduler=prepare_scheduler)
    if applied_adapters.refiner is not None:
        output = adapters.refine(_refiner_runner(call), applied_adapters, {**first, **last}, output)
    if shared.hires is not None:
        output = hires.second_pass(
            loaded,
            output,
            call.image_parameters,
            _further_pass_runner(call, applied_adapters),
            first=first,
            assets=call.assets,
            on_tile=call.check_cancelled,
        )
    return output


def _with_larger_init_images(call: PipelineCall) -> list[Part]:
    """Return the parts of a call, their init images enlarged by `init_upscaler` as far as they are too small.

    Where the result has the size of the init image (only a masked part is generated, or the canvas grows) it stays.
    """
    shared = call.shared
    sized = shared.outpaint is not None or (shared.task == "inpaint" and shared.mask_area == "masked")
    if shared.init_upscaler is None or sized:
        return list(call.parts)
    return [replace(part, input_images=_enlarge_init_image(call, part.input_images)) for part in call.parts]


def _enlarge_init_image(call: PipelineCall, input_images: InputImages) -> InputImages:
    shared, init = call.shared, input_images.init
    if init is None or shared.init_upscaler is None:
        return input_images
    factor = max(shared.width / init.width, shared.height / init.height)
    factor = min(factor, LARGEST_FINISHED_SIDE / max(init.size))  # most of a very long image is cropped
    if factor <= 1:
        return input_images
    size = (max(1, round(init.width * factor)), max(1, round(init.height * factor)))
    enlarged = upscale_to(
        init,
        size,
        upscaler=shared.init_upscaler,
        assets=call.assets,
        device=call.loaded.device,
        on_tile=call.check_cancelled,
    )
    return replace(input_images, init=enlarged)


def _further_pass_runner(call: PipelineCall, applied_adapters: AppliedAdapters) -> hires.RunPass:
    """Return a function that runs a further pass with the adapters applied and the prompts encoded as in the first."""

    def run(pipe: Any, arguments: dict[str, Any], *, size: tuple[int, int] | None = None) -> Any:
        pipe, added = applied_adapters.adapt(pipe, size)
        arguments = image_inputs.arguments_for(pipe, {**arguments, **added})
        with encode_prompts(pipe, call.image_parameters, arguments, after=call.shared.steps) as encoded:
            return call.run(pipe, encoded, size=size)

    return run


def _refiner_runner(call: PipelineCall) -> Callable[[Any, dict[str, Any]], Any]:
    """Return a function that runs a refiner's share of the steps; prompts are encoded by its own text encoder."""

    def run(pipe: Any, arguments: dict[str, Any]) -> Any:
        with encode_prompts(pipe, call.image_parameters, arguments) as encoded:
            return call.run(pipe, encoded)

    return run


def _add_initial_noise(call: PipelineCall, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return `arguments` with the initial noise, unless it is the pipeline's own."""
    loaded = call.loaded
    latents = initial_latents(
        loaded.pipe, loaded.family, call.image_parameters, arguments["generator"], dtype=loaded.dtype
    )
    return arguments if latents is None else {**arguments, "latents": latents}


def _count_later_steps(shared: ResolvedParameters) -> list[int]:
    passes = [round(shared.steps * (1 - shared.refiner.start))] if shared.refiner else []
    return [*passes, *([hires.count_steps(shared)] if shared.hires else [])]


def _finish_images(call: PipelineCall, pixels: np.ndarray, *, seconds_each: float) -> list[PartResult]:
    """Return the images of each part that are still wanted, upscaled as it requests."""
    rows = iter(enumerate(pixels))
    results: list[PartResult] = []
    for part in call.parts:
        part_rows = dict(zip(part.indices, rows, strict=False))  # takes as many rows as the part has images
        try:
            results.append(
                [
                    _finish_image(call, part, index, position, row, seconds=seconds_each)
                    for index, (position, row) in part_rows.items()
                    if part.wants(index)
                ]
            )
        except GenerationError as error:
            results.append(error)
    return results


def _finish_image(
    call: PipelineCall, part: Part, index: int, position: int, pixels: np.ndarray, *, seconds: float
) -> GeneratedImage:
    """Return the finished image of `pixels`, (height, width, 3) numbers from 0 to 1."""
    loaded, image_parameters = call.loaded, part.image_parameters[index]
    if not np.isfinite(pixels).all():
        raise decode.out_of_range(loaded.source.slug, call.assets)
    began = time.perf_counter()
    [image] = loaded.pipe.image_processor.numpy_to_pil(pixels[None])
    if call.prepared is not None:
        image = call.prepared.finish(position, image)
    image = upscale(
        image,
        upscaler=image_parameters.upscaler,
        factor=image_parameters.upscale_by,
        assets=call.assets,
        device=loaded.device,
        on_tile=call.check_cancelled,
    )
    seconds += time.perf_counter() - began
    batch_size = len(call.image_parameters)
    return GeneratedImage(index, image_parameters.seed, image, batch_size, seconds, position, call.receipt)
