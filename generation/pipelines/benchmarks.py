"""Overhead of `generate` over the bare pipeline call; numbers to report, not to assert."""

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
    """Hooks that only count steps and previews."""

    def __init__(self) -> None:
        """Start at zero."""
        self.steps = 0
        self.previews = 0

    def on_progress(self, step: int, total: int) -> None:
        """Count a step."""
        self.steps += 1

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Count a preview."""
        self.previews += 1

    def on_kept_step(self, index: int, step: int, jpeg: bytes) -> None:
        """Ignore a preview that would be kept."""

    def is_cancelled(self) -> bool:
        """Return False."""
        return False

    def is_dropped(self, index: int) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True)
class Overhead:
    """Medians in seconds over interleaved rounds, and the number of previews of one `generate` call."""

    bare_seconds: float
    studio_seconds: float
    previews: int

    @property
    def ratio(self) -> float:
        """Return the time of `generate` over that of the bare call."""
        return self.studio_seconds / self.bare_seconds


def bare_seconds(
    source: CheckpointSource, parameters: ResolvedParameters, *, cache: PipelineCache | None = None
) -> float:
    """Return the seconds of one bare pipeline call for all `count` images: same seeds, scheduler, batch; no callback.

    Loading the checkpoint is not counted.
    """
    loaded = (cache or generate.default_cache()).get(source)
    own = loaded.pipe.scheduler
    loaded.pipe.scheduler = make_scheduler(
        loaded.pipe,
        parameters.sampler,
        parameters.schedule,
        timestep_spacing=parameters.timestep_spacing,
        steps=parameters.steps,
    )
    try:
        began = time.perf_counter()
        loaded.pipe(**call_arguments(loaded, [_make_part(parameters, SilentHooks())]))
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
    """Return the seconds of `generate.generate` for the same images, with the previews that `parameters` request."""
    part = _make_part(parameters, hooks or SilentHooks())
    began = time.perf_counter()
    generate.generate(source, [part], timings=Timings(), cache=cache)
    return time.perf_counter() - began


def _make_part(parameters: ResolvedParameters, hooks: SilentHooks) -> Part:
    return Part(parameters, tuple(range(image_count(parameters))), hooks)


def overhead(
    source: CheckpointSource,
    parameters: ResolvedParameters,
    *,
    rounds: int = 5,
    cache: PipelineCache | None = None,
) -> Overhead:
    """Measure both in turn, `rounds` times after a warm-up round, so that both see the same load on the machine."""
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
