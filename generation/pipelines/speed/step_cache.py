"""Step caches of diffusers on a denoiser, for one pass of a pipeline call."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from diffusers.hooks import FirstBlockCacheConfig

from generation.parameters.speed import StepCache

_CONFIGS: Mapping[str, Callable[[StepCache], Any]] = {
    "first_block_cache": lambda cache: FirstBlockCacheConfig(threshold=cache.threshold),
}


@contextmanager
def use_step_cache(denoiser: Any, cache: StepCache) -> Iterator[None]:
    """Let `denoiser` use `cache` while the block runs; its hooks and what they kept are gone afterwards, in any case.

    The hooks are new for each pass, so no image starts from what another one left.
    """
    denoiser.enable_cache(_CONFIGS[cache.name](cache))
    try:
        yield
    finally:
        denoiser.disable_cache()
