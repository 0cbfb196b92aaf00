"""Entry points of a worker: `prepare` chooses device and memory budget once, `generate` makes the images of a batch."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from generation.errors import GenerationCancelled, GenerationError
from generation.parameters.batch_fields import shared_fields
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.arguments import get_image_parameters
from generation.pipelines.call import generate_images
from generation.pipelines.loading.cache import WORTH_RELEASING, PipelineCache
from generation.pipelines.loading.device_check import check_device, describe_device, find_shortcomings
from generation.pipelines.loading.device_errors import is_shortage, watch_for_failure
from generation.pipelines.loading.devices import choose_device, reserve_a_core
from generation.pipelines.loading.memory_budget import free_now
from generation.pipelines.loading.placement import made_small
from generation.pipelines.loading.planner import Planner, Sharing
from generation.pipelines.previews.latent_rgb import get_latent_to_rgb_or_none
from generation.pipelines.protocol import Assets, Part, PartResult, Timings
from generation.pipelines.upscaling.task import upscale_parts
from generation.weights.sources import CheckpointSource, memory_key

logger = logging.getLogger(__name__)

_cache: PipelineCache | None = None


def prepare(
    *, device: str | None = None, memory_gb: float = 0.0, device_workers: int = 1, host_workers: int = 1
) -> str:
    """Choose the device of this process and how much it keeps loaded; return the device's name.

    Args:
        device: "cuda", "cuda:1", "mps", "cpu", or empty for the best available.
        memory_gb: GiB of weights that may stay loaded on the device; 0: a share of what is usable there.
        device_workers: processes, this one included, that share the device.
        host_workers: processes, this one included, that share the machine's memory.

    Raises:
        ValueError: this machine has no such device.
        DeviceFailed: it does not compute.
    """
    global _cache
    chosen = choose_device(device)
    check_device(chosen)
    reserve_a_core()
    sharing = Sharing(max(1, device_workers), max(1, host_workers))
    _cache = PipelineCache(chosen, int(memory_gb * 2**30), planner=Planner(chosen, sharing))
    return chosen.name


def default_cache() -> PipelineCache:
    """Return the pipeline cache of this process, on the best device if `prepare` was not called."""
    if _cache is None:
        prepare()
    assert _cache is not None
    return _cache


def describe_hardware() -> tuple[str, list[str]]:
    """Return what the device of this process is, in words, and sentences on what is amiss with it."""
    device = default_cache().device
    return describe_device(device), find_shortcomings(device)


def loaded_slugs() -> tuple[str, ...]:
    """Return the slugs of the loaded checkpoints, least recently used first."""
    return tuple(loaded.source.slug for loaded in _cache.loaded()) if _cache is not None else ()


def loaded_checkpoints() -> list[dict[str, Any]]:
    """Return slug, bytes and memory mode of the loaded checkpoints, least recently used first."""
    return [
        {
            "slug": loaded.source.slug,
            "size_bytes": loaded.size_bytes,
            "device_bytes": loaded.device_bytes,
            "memory_mode": loaded.source.memory_mode,
        }
        for loaded in (_cache.loaded() if _cache is not None else ())
    ]


def unload(slug: str) -> bool:
    """Drop the checkpoint `slug` from memory; return whether it was loaded. The next job that names it loads it."""
    return _cache is not None and _cache.drop(slug)


def device_memory() -> tuple[int, int]:
    """Return the free bytes of the device, with those that torch has reserved and does not use, and all its bytes."""
    machine = default_cache().device.measure()
    return free_now(machine), machine.total


def hardware() -> str:
    """Return the model of this process's device, such as "NVIDIA H200", or "cpu"; speeds are measured by it."""
    return default_cache().device.model


def most_images(parameters: ResolvedParameters, *, family: str, at_most: int = 0) -> int:
    """Return how many images like `parameters` this process should denoise together, 1 or more.

    Args:
        parameters: only checkpoint, size and speed mode matter.
        family: of the checkpoint, a key of the catalog.
        at_most: the site's own limit; 0: none.

    Raises:
        DeviceFailed: the device does not answer any more.
    """
    cache = default_cache()
    with watch_for_failure(cache.device):
        return cache.image_memory.most_images(_kind(parameters), family, at_most=at_most)


def generate(
    source: CheckpointSource,
    parts: Sequence[Part],
    *,
    timings: Timings,
    assets: Assets | None = None,
    cache: PipelineCache | None = None,
) -> list[PartResult]:
    """Denoise the images of every part together, as one batch; return the result of each part, in their order.

    Each image starts from noise of its own generator, made on the CPU and seeded with its own seed
    (`ResolvedParameters.images`): the same on every device, in every batch and in every attempt. A part
    that is cancelled meanwhile comes back empty, a dropped image is left out; the others are generated.
    The pipeline stays usable after any exception.

    Timings, in seconds: load, encode (prompts), denoise, decode, preview (waiting for the last one), upscale.

    Raises:
        GenerationCancelled: no part is wanted any more; raised within one step.
        GenerationError: `checkpoint_missing`, `checkpoint_invalid`, `checkpoint_too_large`, `refused`, or
            `out_of_memory`. After the last, smaller batches may work; a single image has already been tried with
            nothing else loaded.
        DeviceFailed: the device does not answer any more; no later call of this process can succeed.
        ValueError: the parts differ in a parameter that all images of a call share.
    """
    cache = cache or default_cache()
    with watch_for_failure(cache.device):
        return _generate(cache, source, parts, assets, timings)


def _generate(
    cache: PipelineCache, source: CheckpointSource, parts: Sequence[Part], assets: Assets | None, timings: Timings
) -> list[PartResult]:
    first, *others = get_image_parameters(parts)
    if any(shared_fields(other) != shared_fields(first) for other in others):
        raise ValueError("these images cannot share a call")
    if first.task == "upscale":
        return upscale_parts(parts, assets or {}, cache.device, timings)
    if first.speed_mode == "small":
        source = made_small(source, cache.device)
    count, kind = 1 + len(others), _kind(first)
    beside = cache.bytes_beside()
    results = _generate_if_it_fits(cache, source, parts, assets or {}, timings)
    # Adapters of earlier calls may have been released already when memory ran out.
    if results is None and (cache.release(checkpoints=count == 1) or beside >= WORTH_RELEASING):
        results = _generate_if_it_fits(cache, source, parts, assets or {}, timings)
    while results is None and count == 1 and cache.step_down(source, pixels=kind[1] * kind[2]):
        results = _generate_if_it_fits(cache, source, parts, assets or {}, timings)
    if results is not None:
        return results
    cache.image_memory.did_not_fit(kind, count)
    if count == 1:
        cache.unload()
    else:
        cache.free()
    _, width, height = kind
    together = f"{count} images of {width}x{height} did not fit into memory together"
    alone = f"one image of {width}x{height} did not fit into memory"
    raise GenerationError("out_of_memory", f"{together if count > 1 else alone}; ask for a smaller size.")


def _generate_if_it_fits(
    cache: PipelineCache, source: CheckpointSource, parts: Sequence[Part], assets: Assets, timings: Timings
) -> list[PartResult] | None:
    """Return the results of `generate`; None if memory ran out."""
    try:
        if not any(part.is_wanted() for part in parts):
            raise GenerationCancelled
        with _timed(timings, "load"):
            loaded = cache.get(source)
            latent_to_rgb = get_latent_to_rgb_or_none(loaded)
        image_parameters = get_image_parameters(parts)
        moved = loaded.device_bytes if loaded.is_offloaded else 0
        with cache.image_memory.measured(_kind(image_parameters[0]), len(image_parameters), moved_bytes=moved):
            return generate_images(loaded, latent_to_rgb, parts, assets=assets, timings=timings)
    except Exception as error:
        if not is_shortage(error):
            raise
        logger.warning("out of memory with %s: %s", source.slug, str(error).splitlines()[0] if str(error) else "")
        # The frames of the traceback hold the tensors that did not fit.
        error.__traceback__ = None
    return None


def _kind(parameters: ResolvedParameters) -> tuple[str, int, int]:
    """Return what memory use depends on: the weights, and width and height in pixels of the largest pass."""
    scale = parameters.hires.scale if parameters.hires else 1
    weights = memory_key(parameters.checkpoint, small=parameters.speed_mode == "small")
    return weights, round(parameters.width * scale), round(parameters.height * scale)


@contextmanager
def _timed(timings: Timings, part: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        timings.add(part, time.perf_counter() - began)
