"""What a call is drawn with while its adapters are on."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.loading.load import Loaded
from generation.pipelines.protocol import Assets, InputImages
from generation.weights.sources import WeightsSource

Size = tuple[int, int]
# What becomes of a pipeline and its arguments: a ControlNet needs another class around the same parts.
Wrap = Callable[[Any, Size], tuple[Any, dict[str, Any]]]


@dataclass
class AppliedAdapters:
    """A loaded checkpoint with the adapters of one call on it.

    What changes parts in place (LoRA) is on every pipeline that shares them. `parts` are other ones in the place of
    the checkpoint's own (an autoencoder, a tokenizer), `given` more keyword arguments of every pass.
    """

    loaded: Loaded
    parameters: ResolvedParameters
    assets: Assets
    input_images: InputImages
    stack: ExitStack
    parts: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    wraps: list[Wrap] = field(default_factory=list)
    refiner: Any = None

    @property
    def pipe(self) -> Any:
        """Return the pipeline that draws from text alone with the adapters on."""
        return self.of(self.loaded.pipe)[0]

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments that go with `pipe`."""
        return self.of(self.loaded.pipe)[1]

    def of(self, pipe: Any, size: Size | None = None) -> tuple[Any, dict[str, Any]]:
        """Return what draws in the place of `pipe`, and the keyword arguments that come on top of the pass's own.

        `pipe` is the loaded pipeline or one for another task that shares its parts; what is lent to it is taken back
        when the call is over. `size`: width and height in pixels of what the pass draws; by default the job's. A
        refiner draws without the others: it is another network.

        Raises:
            GenerationError: `refused`, the family has no such pipeline for this task.
        """
        if pipe is self.refiner:
            return pipe, {}
        for name, part in self.parts.items():
            self.lend(pipe, name, part)
        given = dict(self.given)
        for wrap in self.wraps:
            pipe, more = wrap(pipe, size or (self.parameters.width, self.parameters.height))
            given |= more
        return pipe, given

    def lend(self, pipe: Any, name: str, part: Any) -> None:
        """Give `pipe` another `part` under `name` until the call is over."""
        own = getattr(pipe, name, None)
        if own is not part:
            self.stack.callback(_set, pipe, name, own)
            _set(pipe, name, part)

    def source(self, kind: str, name: str) -> WeightsSource:
        """Return where the adapter lies that the wish calls `name`.

        Raises:
            GenerationError: `adapter_missing`.
        """
        found = self.assets.get((kind, name))
        if not isinstance(found, WeightsSource):
            raise GenerationError("adapter_missing", f"The {kind} {name} is not on this site any more.")
        if found.family not in ("", self.loaded.family):
            raise GenerationError(
                "adapter_invalid", f"{name} is made for {found.family}; {self.loaded.source.slug} is another family."
            )
        return found


def _set(pipe: Any, name: str, part: Any) -> None:
    # register_modules also notes the class in the pipeline's config, which from_pipe reads.
    pipe.register_modules(**{name: part})
