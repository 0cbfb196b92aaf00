"""What the studio's machines promise and ask for; nothing here imports torch.

The worker talks to pipelines through these types only. Pipelines know nothing else of the outside world.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from PIL import Image

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters
from generation.weights.sources import CheckpointSource, WeightsSource


class Hooks(Protocol):
    """What a pipeline tells and asks about one job while it runs.

    Every method must return at once: it is called in the loop.
    """

    def on_progress(self, step: int, total: int) -> None:
        """Tell that `step` of `total` callbacks (1-based, of `pipe.num_timesteps`) is done."""

    def on_preview(self, index: int, step: int, jpeg: bytes) -> None:
        """Take one JPEG preview of the image with job-wide `index`; called on the preview thread."""

    def is_cancelled(self) -> bool:
        """Tell whether the work for this job should stop now."""

    def is_dropped(self, index: int) -> bool:
        """Tell whether the image with job-wide `index` is no longer wanted."""


@dataclass(frozen=True)
class InputImages:
    """The pictures that came along with a job, opened: RGB or RGBA; `controls` in the order of the wish."""

    init: Image.Image | None = None
    mask: Image.Image | None = None
    controls: tuple[Image.Image, ...] = ()
    ip_adapter: Image.Image | None = None


# By kind and slug; of a refiner the kind is "checkpoint" and the value its CheckpointSource.
Assets = Mapping[tuple[str, str], WeightsSource | CheckpointSource]


@dataclass(frozen=True)
class Part:
    """One job's part in a pipeline call: its images `indices` (job-wide), and whom to tell about them."""

    parameters: ResolvedParameters
    indices: tuple[int, ...]
    hooks: Hooks
    input_images: InputImages = InputImages()

    @cached_property
    def images(self) -> dict[int, ResolvedParameters]:
        """What each image is drawn with, by index."""
        return {index: self.parameters.images[index] for index in self.indices}

    def wants(self, index: int) -> bool:
        """Tell whether image `index` is still wanted."""
        return not self.hooks.is_cancelled() and not self.hooks.is_dropped(index)

    def is_wanted(self) -> bool:
        """Tell whether any image of this part is still wanted."""
        return not self.hooks.is_cancelled() and not all(self.hooks.is_dropped(index) for index in self.indices)


@dataclass
class GeneratedImage:
    """One finished image: `index` within its job, the seed that made it, and how many were denoised with it.

    `position` is its place among those, from 0. `seconds` is what it cost the accelerator: of what the call did for all
    together its share, and its own enlarging. `receipt` says what else the picture depends on.
    """

    index: int
    seed: int
    image: Image.Image
    batch_size: int
    seconds: float = 0.0
    position: int = 0
    receipt: dict[str, Any] = field(default_factory=dict)


# What a part of a call comes to: its images, or what kept it from pictures while other parts got theirs.
Drawn = list[GeneratedImage] | GenerationError


@dataclass
class Timings:
    """Seconds that each part of one `generate` call took, for the log and the receipt."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, part: str, seconds: float) -> None:
        """Add `seconds` to `part`."""
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds
