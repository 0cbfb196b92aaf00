"""State of a loaded checkpoint while the adapters of a call are applied."""

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
# Returns the pipeline to use instead, and more arguments: a ControlNet needs another class around the same parts.
Wrapper = Callable[[Any, Size], tuple[Any, dict[str, Any]]]


@dataclass
class AppliedAdapters:
    """A loaded checkpoint with the adapters of one call applied.

    Adapters that change parts in place (LoRA) act on every pipeline that shares them. `parts` replace parts of the
    checkpoint (an autoencoder, a tokenizer), `pass_arguments` are added to the keyword arguments of every pass.
    """

    loaded: Loaded
    parameters: ResolvedParameters
    assets: Assets
    input_images: InputImages
    stack: ExitStack
    parts: dict[str, Any] = field(default_factory=dict)
    pass_arguments: dict[str, Any] = field(default_factory=dict)
    wrappers: list[Wrapper] = field(default_factory=list)
    refiner: Any = None

    @property
    def pipe(self) -> Any:
        """Return the text-to-image pipeline with the adapters applied."""
        return self.adapt(self.loaded.pipe)[0]

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the additional keyword arguments of `pipe`."""
        return self.adapt(self.loaded.pipe)[1]

    def adapt(self, pipe: Any, size: Size | None = None) -> tuple[Any, dict[str, Any]]:
        """Return the pipeline to use instead of `pipe`, and the keyword arguments to add to the pass's own.

        `pipe` is the loaded pipeline or one for another task that shares its parts; parts replaced in it are restored
        at the end of the call. `size`: width and height in pixels of the pass's images; by default the job's. The
        refiner runs without the other adapters: it is another network.

        Raises:
            GenerationError: `refused`, the family has no such pipeline for this task.
        """
        if pipe is self.refiner:
            return pipe, {}
        for name, part in self.parts.items():
            self.replace_part(pipe, name, part)
        pass_arguments = dict(self.pass_arguments)
        for wrap in self.wrappers:
            pipe, more = wrap(pipe, size or (self.parameters.width, self.parameters.height))
            pass_arguments |= more
        return pipe, pass_arguments

    def replace_part(self, pipe: Any, name: str, part: Any) -> None:
        """Replace the part `name` of `pipe` by `part` until the end of the call."""
        own = getattr(pipe, name, None)
        if own is not part:
            self.stack.callback(_set_part, pipe, name, own)
            _set_part(pipe, name, part)

    def get_source(self, kind: str, name: str) -> WeightsSource:
        """Return the source of the adapter that the request calls `name`.

        Raises:
            GenerationError: `adapter_missing`, or `adapter_invalid` for an adapter of another family.
        """
        found = self.assets.get((kind, name))
        if not isinstance(found, WeightsSource):
            raise GenerationError("adapter_missing", f"The {kind} {name} is not on this site any more.")
        if found.family not in ("", self.loaded.family):
            raise GenerationError(
                "adapter_invalid", f"{name} is made for {found.family}; {self.loaded.source.slug} is another family."
            )
        return found


def _set_part(pipe: Any, name: str, part: Any) -> None:
    # register_modules also notes the class in the pipeline's config, which from_pipe reads.
    pipe.register_modules(**{name: part})
