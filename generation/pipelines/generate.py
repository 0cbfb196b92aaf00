"""From parameters to pictures: one batch, one call, of one job or of several.

`prepare` is called once by a worker; `generate` for every batch.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from generation.errors import GenerationCancelled, GenerationError
from generation.parameters.batch_fields import shared_fields
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import upscaling
from generation.pipelines.arguments import get_image_parameters
from generation.pipelines.call import draw
from generation.pipelines.loading.batch_memory import is_out_of_memory
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import choose_device, leave_a_core
from generation.pipelines.previews.latent_rgb import painter_or_none
from generation.pipelines.protocol import Assets, Drawn, Part, Timings
from generation.pipelines.upscaling.task import enlarge_parts
from generation.weights.sources import CheckpointSource

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
    source: CheckpointSource,
    parts: Sequence[Part],
    *,
    timings: Timings,
    assets: Assets | None = None,
    cache: PipelineCache | None = None,
) -> list[Drawn]:
    """Denoise the images of every part together, as one batch; return what became of each part, in that order.

    Each image starts from noise of its own generator, made on the CPU and seeded with its own seed
    (`parameters.images.image_parameters`): the same whatever the device, the batch it is in, or the attempt. A part
    that is cancelled meanwhile comes back empty, an image that is dropped is left out; the others are drawn on.
    Whatever is raised, the pipeline stays usable.

    Timings, in seconds: load, encode (prompts), denoise, decode, preview (waiting for the last one), upscale.

    Raises:
        GenerationCancelled: no part was wanted any more, at the latest one step ago.
        GenerationError: `checkpoint_missing`, `checkpoint_invalid`, `refused`, or `out_of_memory`. After the last, the
            same in smaller batches may work; one image alone has then been tried with nothing else loaded.
        ValueError: the parts differ in something that one call cannot do in two ways.
    """
    cache = cache or default_cache()
    first, *others = get_image_parameters(parts)
    if any(shared_fields(image) != shared_fields(first) for image in others):
        raise ValueError("these images cannot share a call")
    if first.task == "upscale":
        return enlarge_parts(parts, assets or {}, cache.device, timings)
    images, kind = 1 + len(others), _kind(first)
    drawn = _draw_if_it_fits(cache, source, parts, assets or {}, timings)
    if drawn is None and images == 1 and len(cache.loaded()) > 1:
        cache.unload()
        upscaling.unload()
        drawn = _draw_if_it_fits(cache, source, parts, assets or {}, timings)
    while drawn is None and images == 1 and cache.step_down(source, pixels=kind[1] * kind[2]):
        drawn = _draw_if_it_fits(cache, source, parts, assets or {}, timings)
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
    cache: PipelineCache, source: CheckpointSource, parts: Sequence[Part], assets: Assets, timings: Timings
) -> list[Drawn] | None:
    """Return what `generate` does; None when memory ran out."""
    try:
        if not any(part.is_wanted() for part in parts):
            raise GenerationCancelled
        with _timed(timings, "load"):
            loaded = cache.get(source)
            latent_to_rgb = painter_or_none(loaded)
        images = get_image_parameters(parts)
        with cache.images.measured(_kind(images[0]), len(images)):
            return draw(loaded, latent_to_rgb, parts, assets=assets, timings=timings)
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        logger.warning("out of memory with %s: %s", source.slug, str(error).splitlines()[0] if str(error) else "")
        # The traceback's frames hold the very tensors that did not fit.
        error.__traceback__ = None
    return None


def _kind(parameters: ResolvedParameters) -> tuple[str, int, int]:
    """Return what memory depends on: the checkpoint, and width and height of the largest pass."""
    scale = parameters.hires.scale if parameters.hires else 1
    return parameters.checkpoint, round(parameters.width * scale), round(parameters.height * scale)


@contextmanager
def _timed(timings: Timings, part: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        timings.add(part, time.perf_counter() - began)
