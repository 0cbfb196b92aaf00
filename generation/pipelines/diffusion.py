"""From parameters to pictures: one batch, one call, of one job or of several.

`prepare` is called once by a worker; `generate` for every batch.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from generation.parameters.catalog import FAMILIES, SAMPLERS
from generation.parameters.schema import ResolvedParameters
from generation.parameters.sharing import shared_fields
from generation.pipelines.cache import PipelineCache
from generation.pipelines.callbacks import StepCallback
from generation.pipelines.devices import choose_device, leave_a_core
from generation.pipelines.loading import Loaded
from generation.pipelines.painting import Painter, painter_for
from generation.pipelines.previews import Previews
from generation.pipelines.protocol import (
    CheckpointSource,
    Drawn,
    GeneratedImage,
    GenerationCancelled,
    GenerationError,
    Part,
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


def loaded_slugs() -> tuple[str, ...]:
    """Return the checkpoints that this process can draw with at once, least recently used first."""
    return tuple(loaded.source.slug for loaded in _cache.loaded()) if _cache is not None else ()


def most_images(parameters: ResolvedParameters, *, family: str, at_most: int = 0) -> int:
    """Return how many images like `parameters` this process should denoise together, 1 or more.

    Args:
        parameters: checkpoint and size count.
        family: of the checkpoint, a key of the catalog.
        at_most: the site's own limit; 0: none.
    """
    return default_cache().images.most_images(_kind(parameters), family, at_most=at_most)


def generate(
    source: CheckpointSource, parts: Sequence[Part], *, timings: Timings, cache: PipelineCache | None = None
) -> list[Drawn]:
    """Denoise the images of every part together, as one batch; return what became of each part, in that order.

    Image k of a part starts from noise of its own generator, made on the CPU and seeded with its `parameters.seed + k`:
    the same whatever the device, the batch it is in, or the attempt. A part that is cancelled meanwhile comes back
    empty, an image that is dropped is left out; the others are drawn on. Whatever is raised, the pipeline stays usable.

    Timings, in seconds: load, encode (prompts), denoise, decode, preview (waiting for the last one), upscale.

    Raises:
        GenerationCancelled: no part was wanted any more, at the latest one step ago.
        GenerationError: `checkpoint_missing`, `checkpoint_invalid`, `refused`, or `out_of_memory`. After the last, the
            same in smaller batches may work; one image alone has then been tried with nothing else loaded.
        ValueError: the parts differ in something that one call cannot do in two ways.
    """
    cache = cache or default_cache()
    if any(shared_fields(part.parameters) != shared_fields(parts[0].parameters) for part in parts):
        raise ValueError("these parts cannot share a call")
    images, kind = sum(len(part.indices) for part in parts), _kind(parts[0].parameters)
    drawn = _draw_if_it_fits(cache, source, parts, timings)
    if drawn is None and images == 1 and len(cache.loaded()) > 1:
        cache.unload()
        drawn = _draw_if_it_fits(cache, source, parts, timings)
    if drawn is not None:
        return drawn
    cache.images.did_not_fit(kind, images)
    if images == 1:
        cache.unload()
    else:
        cache.free()
    _, width, height = kind
    together = f"{images} images of {width}x{height} did not fit into memory together"
    alone = f"one image of {width}x{height} did not fit into memory"
    raise GenerationError("out_of_memory", f"{together if images > 1 else alone}; ask for a smaller size.")


def _draw_if_it_fits(
    cache: PipelineCache, source: CheckpointSource, parts: Sequence[Part], timings: Timings
) -> list[Drawn] | None:
    """Return what `generate` does; None when memory ran out."""
    try:
        if not any(part.is_wanted() for part in parts):
            raise GenerationCancelled
        with _timed(timings, "load"):
            loaded = cache.get(source)
            painter = _painter(loaded)
        with cache.images.measured(_kind(parts[0].parameters), sum(len(part.indices) for part in parts)):
            return _draw(loaded, painter, parts, timings=timings)
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        logger.warning("out of memory with %s: %s", source.slug, str(error).splitlines()[0] if str(error) else "")
        # The traceback's frames hold the very tensors that did not fit.
        error.__traceback__ = None
    return None


def _kind(parameters: ResolvedParameters) -> tuple[str, int, int]:
    return parameters.checkpoint, parameters.width, parameters.height


def call_arguments(loaded: Loaded, parts: Sequence[Part]) -> dict[str, Any]:
    """Return the keyword arguments with which the bare pipeline draws the same images.

    Raises:
        GenerationError: `refused`, the family cannot draw this size.
    """
    family = FAMILIES[loaded.family]
    shared = parts[0].parameters
    if shared.width % family.size_multiple or shared.height % family.size_multiple:
        raise GenerationError(
            "refused",
            f"{family.label} draws sizes in multiples of {family.size_multiple}; got {shared.width}x{shared.height}.",
        )
    images = [(part.parameters, index) for part in parts for index in part.indices]
    # One job's prompt is encoded once and repeated; those of several jobs are encoded one for each image.
    alone = len(parts) == 1
    arguments: dict[str, Any] = {
        "prompt": shared.prompt if alone else [one.prompt for one, _ in images],
        "width": shared.width,
        "height": shared.height,
        "num_inference_steps": shared.steps,
        "guidance_scale": shared.guidance_scale,
        "num_images_per_prompt": len(images) if alone else 1,
        "generator": [torch.Generator("cpu").manual_seed(one.seed + index) for one, index in images],
    }
    if loaded.family != "flux":  # distilled guidance knows no negative prompt
        arguments["negative_prompt"] = shared.negative_prompt if alone else [one.negative_prompt for one, _ in images]
    if not family.flow and SAMPLERS[shared.sampler].takes_eta:
        arguments["eta"] = shared.eta
    return arguments


def _draw(loaded: Loaded, painter: Painter | None, parts: Sequence[Part], *, timings: Timings) -> list[Drawn]:
    shared = parts[0].parameters
    arguments = call_arguments(loaded, parts)
    scheduler = make_scheduler(loaded.pipe, shared.sampler, shared.schedule, steps=shared.steps)
    watch = Watch(scheduler, flow=FAMILIES[loaded.family].flow)
    with (
        Previews(painter, parts, size=(shared.width, shared.height)) as previews,
        _borrowed(loaded, scheduler),
    ):
        callback = StepCallback(parts, watch, previews, loaded.device)
        began = time.perf_counter()
        output = loaded.pipe(**arguments, output_type="np", callback_on_step_end=callback)
        ended = time.perf_counter()
    denoising = watch.began_at or began
    decoding = callback.ended_at or ended
    timings.add("encode", denoising - began)
    timings.add("denoise", decoding - denoising)
    timings.add("decode", ended - decoding)
    timings.add("preview", time.perf_counter() - ended)
    with _timed(timings, "upscale"):
        return _finish(loaded, parts, output.images, seconds_each=(ended - began) / len(output.images))


def _finish(loaded: Loaded, parts: Sequence[Part], pixels: np.ndarray, *, seconds_each: float) -> list[Drawn]:
    """Return the pictures of each part, those that are still wanted, enlarged as it wishes."""
    rows = iter(pixels)
    drawn: list[Drawn] = []
    for part in parts:
        own = dict(zip(part.indices, rows, strict=False))  # takes as many rows as the part has images
        try:
            drawn.append(
                [
                    _picture(loaded, part, index, row, batch_size=len(pixels), seconds=seconds_each)
                    for index, row in own.items()
                    if part.wants(index)
                ]
            )
        except GenerationError as error:
            drawn.append(error)
    return drawn


def _picture(
    loaded: Loaded, part: Part, index: int, pixels: np.ndarray, *, batch_size: int, seconds: float
) -> GeneratedImage:
    """Return the image of (height, width, 3) numbers from 0 to 1."""
    if not np.isfinite(pixels).all():
        raise GenerationError(
            "checkpoint_invalid",
            f"{loaded.source.slug} gave no picture but numbers out of range; with half precision "
            "its autoencoder may need a corrected version, and very high guidance can do it too.",
        )
    began = time.perf_counter()
    wish = part.parameters
    [picture] = loaded.pipe.image_processor.numpy_to_pil(pixels[None])
    picture = enlarge(picture, upscaler=wish.upscaler, factor=wish.upscale_by)
    seconds += time.perf_counter() - began
    return GeneratedImage(index, wish.seed + index, picture, batch_size, seconds)


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
