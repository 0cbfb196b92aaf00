"""From parameters to pictures: one batch, one call.

`prepare` is called once by a worker; `generate` for every batch.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from PIL import Image

from generation.parameters.catalog import FAMILIES, SAMPLERS
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.cache import PipelineCache
from generation.pipelines.callbacks import StepCallback
from generation.pipelines.devices import choose_device, leave_a_core
from generation.pipelines.loading import Loaded
from generation.pipelines.painting import Painter, painter_for
from generation.pipelines.previews import Previews
from generation.pipelines.protocol import (
    CheckpointSource,
    GeneratedImage,
    GenerationCancelled,
    GenerationError,
    Hooks,
    Timings,
)
from generation.pipelines.schedulers import make_scheduler
from generation.pipelines.upscaling import enlarge
from generation.pipelines.watching import Watch

logger = logging.getLogger(__name__)

_cache: PipelineCache | None = None


def prepare(*, device: str | None = None, memory_gb: float = 0.0) -> str:
    """Choose where this process draws and how much it keeps loaded; return the device's name.

    Args:
        device: "cuda", "cuda:1", "mps", "cpu", or empty for the best there is.
        memory_gb: GiB of weights that may stay loaded; 0: a share of what is free now.

    Raises:
        ValueError: this machine has no such device.
    """
    global _cache
    chosen = choose_device(device)
    leave_a_core()
    budget = int(memory_gb * 2**30) if memory_gb else chosen.default_budget()
    _cache = PipelineCache(chosen, budget)
    return chosen.name


def default_cache() -> PipelineCache:
    """Return the cache of this process, on the best device where `prepare` was not called."""
    if _cache is None:
        prepare()
    assert _cache is not None
    return _cache


def generate(
    source: CheckpointSource,
    parameters: ResolvedParameters,
    *,
    indices: Sequence[int],
    hooks: Hooks,
    timings: Timings,
    cache: PipelineCache | None = None,
) -> list[GeneratedImage]:
    """Denoise the images `indices` of a job together, as one batch, and return them in that order.

    Image k starts from noise of its own generator, made on the CPU and seeded with `parameters.seed + k`: the same
    whatever the device, the batch it is in, or the attempt. Whatever is raised, the pipeline stays usable.

    Timings, in seconds: load, encode (prompts), denoise, decode, preview (waiting for the last one), upscale.

    Raises:
        GenerationCancelled: the hooks said so, at the latest one step ago.
        GenerationError: `checkpoint_missing`, `checkpoint_invalid`, `refused`, or `out_of_memory`; after the last,
            every checkpoint has been unloaded.
    """
    cache = cache or default_cache()
    try:
        if hooks.is_cancelled():
            raise GenerationCancelled
        with _timed(timings, "load"):
            loaded = cache.get(source)
            painter = _painter(loaded)
        return _draw(loaded, painter, parameters, indices=indices, hooks=hooks, timings=timings)
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        logger.warning("out of memory with %s: %s", source.slug, str(error).splitlines()[0] if str(error) else "")
        # The traceback's frames hold the very tensors that did not fit.
        error.__traceback__ = None
    cache.unload()
    raise GenerationError(
        "out_of_memory",
        f"{len(indices)} images of {parameters.width}x{parameters.height} did not fit into memory together; "
        "ask for a smaller size or batch.",
    )


def call_arguments(loaded: Loaded, parameters: ResolvedParameters, indices: Sequence[int]) -> dict[str, Any]:
    """Return the keyword arguments with which the bare pipeline draws the same images.

    Raises:
        GenerationError: `refused`, the family cannot draw this size.
    """
    family = FAMILIES[loaded.family]
    if parameters.width % family.size_multiple or parameters.height % family.size_multiple:
        raise GenerationError(
            "refused",
            f"{family.label} draws sizes in multiples of {family.size_multiple}; "
            f"got {parameters.width}x{parameters.height}.",
        )
    arguments: dict[str, Any] = {
        "prompt": parameters.prompt,
        "width": parameters.width,
        "height": parameters.height,
        "num_inference_steps": parameters.steps,
        "guidance_scale": parameters.guidance_scale,
        "num_images_per_prompt": len(indices),
        "generator": [torch.Generator("cpu").manual_seed(parameters.seed + index) for index in indices],
    }
    if loaded.family != "flux":  # distilled guidance knows no negative prompt
        arguments["negative_prompt"] = parameters.negative_prompt
    if not family.flow and SAMPLERS[parameters.sampler].takes_eta:
        arguments["eta"] = parameters.eta
    return arguments


def _draw(
    loaded: Loaded,
    painter: Painter | None,
    parameters: ResolvedParameters,
    *,
    indices: Sequence[int],
    hooks: Hooks,
    timings: Timings,
) -> list[GeneratedImage]:
    arguments = call_arguments(loaded, parameters, indices)
    scheduler = make_scheduler(loaded.pipe, parameters.sampler, parameters.schedule, steps=parameters.steps)
    watch = Watch(scheduler, flow=FAMILIES[loaded.family].flow)
    size = (parameters.width, parameters.height)
    with (
        Previews(painter, parameters.preview, hooks=hooks, indices=indices, size=size) as previews,
        _borrowed(loaded, scheduler),
    ):
        callback = StepCallback(hooks, watch, previews, loaded.device)
        began = time.perf_counter()
        output = loaded.pipe(**arguments, output_type="np", callback_on_step_end=callback)
        ended = time.perf_counter()
    denoising = watch.began_at or began
    decoding = callback.ended_at or ended
    timings.add("encode", denoising - began)
    timings.add("denoise", decoding - denoising)
    timings.add("decode", ended - decoding)
    timings.add("preview", time.perf_counter() - ended)
    pictures = _pictures(loaded, output.images)
    with _timed(timings, "upscale"):
        pictures = [enlarge(one, upscaler=parameters.upscaler, factor=parameters.upscale_by) for one in pictures]
    return [
        GeneratedImage(index=index, seed=parameters.seed + index, image=picture, batch_size=len(indices))
        for index, picture in zip(indices, pictures, strict=True)
    ]


@contextmanager
def _borrowed(loaded: Loaded, scheduler: Any) -> Iterator[None]:
    """Lend the pipeline `scheduler` for one run, and leave it as it was whatever happens."""
    pipe = loaded.pipe
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


def _pictures(loaded: Loaded, pixels: np.ndarray) -> list[Image.Image]:
    """Return pictures of (batch, height, width, 3) numbers from 0 to 1."""
    if not np.isfinite(pixels).all():
        raise GenerationError(
            "checkpoint_invalid",
            f"{loaded.source.slug} gave no picture but numbers out of range; with half precision "
            "its autoencoder may need a corrected version, and very high guidance can do it too.",
        )
    pictures: list[Image.Image] = loaded.pipe.image_processor.numpy_to_pil(pixels)
    return pictures


def _painter(loaded: Loaded) -> Painter | None:
    """Return what previews are painted with, or None where that cannot be had."""
    if loaded.notes.get("no_painter"):
        return None
    try:
        return painter_for(loaded)
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception:  # a checkpoint that cannot be previewed still draws
        logger.exception("no previews with %s", loaded.source.slug)
        loaded.notes["no_painter"] = True
        return None


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return "can't allocate memory" in text or "out of memory" in text or "not enough memory" in text


@contextmanager
def _timed(timings: Timings, part: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        timings.add(part, time.perf_counter() - began)
