"""What drawing through the studio costs over the bare pipeline call; numbers to report, not to assert."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from generation.parameters.per_image import image_count
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.arguments import call_arguments
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.protocol import Part, Timings
from generation.pipelines.schedulers import make_scheduler
from generation.weights.sources import CheckpointSource


class SilentHooks:
    """Hooks that count what they are told and do nothing."""

    def __init__(self) -> None:
        """Start from nothing."""
        self.steps = 0
        self.previews = 0

    def on_progress(self, step: int, total: int) -> None:
        """Count a step."""
        self.steps += 1

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Count a preview."""
        self.previews += 1

    def is_cancelled(self) -> bool:
        """Never."""
        return False

    def is_dropped(self, index: int) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Overhead:
    """Medians in seconds over interleaved rounds, and how many previews one studio run made."""

    bare_seconds: float
    studio_seconds: float
    previews: int

    @property
    def ratio(self) -> float:
        """Return studio over bare."""
        return self.studio_seconds / self.bare_seconds


def bare_seconds(
    source: CheckpointSource, parameters: ResolvedParameters, *, cache: PipelineCache | None = None
) -> float:
    """Return the seconds of one bare pipeline call for all `count` images: same seeds, scheduler, batch; no callback.

    The checkpoint is loaded beforehand.
    """
    loaded = (cache or generate.default_cache()).get(source)
    own = loaded.pipe.scheduler
    loaded.pipe.scheduler = make_scheduler(loaded.pipe, parameters.sampler, parameters.schedule, steps=parameters.steps)
    try:
        began = time.perf_counter()
        loaded.pipe(**call_arguments(loaded, [_whole(parameters, SilentHooks())]))
        loaded.device.synchronize()
        return time.perf_counter() - began
    finally:
        loaded.pipe.scheduler = own


def studio_seconds(
    source: CheckpointSource,
    parameters: ResolvedParameters,
    *,
    hooks: SilentHooks | None = None,
    cache: PipelineCache | None = None,
) -> float:
    """Return the seconds of `diffusion.generate` for the same images, with previews as `parameters` ask for them."""
    part = _whole(parameters, hooks or SilentHooks())
    began = time.perf_counter()
    generate.generate(source, [part], timings=Timings(), cache=cache)
    return time.perf_counter() - began


def _whole(parameters: ResolvedParameters, hooks: SilentHooks) -> Part:
    return Part(parameters, tuple(range(image_count(parameters))), hooks)


def overhead(
    source: CheckpointSource,
    parameters: ResolvedParameters,
    *,
    rounds: int = 5,
    cache: PipelineCache | None = None,
) -> Overhead:
    """Measure both in turn, `rounds` times after one round to warm up, so that both meet the same machine."""
    hooks = SilentHooks()
    measures: tuple[Callable[[], float], ...] = (
        lambda: bare_seconds(source, parameters, cache=cache),
        lambda: studio_seconds(source, parameters, hooks=hooks, cache=cache),
    )
    for measure in measures:
        measure()
    hooks.previews = 0
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    bare, studio = (statistics.median(column) for column in zip(*taken, strict=True))
    return Overhead(bare, studio, hooks.previews // rounds)
