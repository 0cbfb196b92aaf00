"""Types that the worker and the pipelines exchange: hooks, parts of a call, results, timings; no torch here.

The worker calls pipelines through these types only, and pipelines know nothing else of the rest of the site.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from PIL import Image

from generation.errors import GenerationError
from generation.parameters.defaults import FewStep
from generation.parameters.schema import ResolvedParameters
from generation.weights.sources import CheckpointSource, WeightsSource


class Hooks(Protocol):
    """Callbacks of one job while a pipeline runs.

    Every method must return at once: it is called in the denoising loop.
    """

    def on_progress(self, step: int, total: int) -> None:
        """Report that `step` of `total` callbacks (1-based, of `pipe.num_timesteps`) is done."""

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Receive one JPEG preview of the image with job-wide `index`; called on the preview thread."""

    def on_kept_step(self, index: int, step: int, jpeg: bytes) -> None:
        """Receive a preview of image `index` that is kept with it; called on the preview thread."""

    def is_cancelled(self) -> bool:
        """Return whether the work for this job should stop now."""

    def is_dropped(self, index: int) -> bool:
        """Return whether the image with job-wide `index` is no longer wanted."""


@dataclass(frozen=True)
class InputImages:
    """Opened input images of a job, RGB or RGBA; `controls` in the order of the requested ControlNets."""

    init: Image.Image | None = None
    mask: Image.Image | None = None
    controls: tuple[Image.Image, ...] = ()
    ip_adapter: Image.Image | None = None


# Extra weights by kind and slug.
Assets = Mapping[tuple[str, str], WeightsSource | CheckpointSource]


def _unchanged(image_parameters: ResolvedParameters) -> ResolvedParameters:
    return image_parameters


@dataclass(frozen=True)
class Part:
    """One job's part in a pipeline call: its images `indices` (job-wide) and its hooks.

    `few_step` is the LoRA with which drafts of the checkpoint need few steps; it is among the assets of the call.
    `adjust` returns the parameters with which an image is generated, where a speed mode computes less than it asks for.
    """

    parameters: ResolvedParameters
    indices: tuple[int, ...]
    hooks: Hooks
    input_images: InputImages = InputImages()
    few_step: FewStep | None = None
    adjust: Callable[[ResolvedParameters], ResolvedParameters] = _unchanged

    @cached_property
    def image_parameters(self) -> dict[int, ResolvedParameters]:
        """Parameters with which each image is generated, by index."""
        return {index: self.adjust(self.parameters.images[index]) for index in self.indices}

    def wants(self, index: int) -> bool:
        """Return whether image `index` is still wanted."""
        return not self.hooks.is_cancelled() and not self.hooks.is_dropped(index)

    def is_wanted(self) -> bool:
        """Return whether any image of this part is still wanted."""
        return not self.hooks.is_cancelled() and not all(self.hooks.is_dropped(index) for index in self.indices)


@dataclass
class GeneratedImage:
    """One finished image: `index` within its job, its seed, and how many images were denoised in its batch.

    `position` is its place in that batch, from 0. `seconds` is its accelerator time: its share of the call's time plus
    its own upscaling. `receipt` says what else the image depends on.
    """

    index: int
    seed: int
    image: Image.Image
    batch_size: int
    seconds: float = 0.0
    position: int = 0
    receipt: dict[str, Any] = field(default_factory=dict)


# Result of one part of a call: its images, or the error that befell it alone.
PartResult = list[GeneratedImage] | GenerationError


@dataclass
class Timings:
    """Seconds that each phase of one `generate` call took, for the log and the receipt."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, part: str, seconds: float) -> None:
        """Add `seconds` to `part`."""
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds
