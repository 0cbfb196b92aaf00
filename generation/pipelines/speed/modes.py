"""Speed mode of one pipeline call: the parameters of drafts, the step cache while they are denoised, the receipt."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from generation.families import FAMILIES
from generation.parameters.speed import Draft, as_denoised, draft_of
from generation.pipelines.loading.load import Loaded
from generation.pipelines.loading.placement import OFFLOADED
from generation.pipelines.protocol import Part
from generation.pipelines.speed.step_cache import use_step_cache


@dataclass
class Speed:
    """Speed mode of a call, which all its images share; `draft` is that of its first image in mode draft."""

    mode: str
    loaded: Loaded
    draft: Draft | None = None

    @classmethod
    def of(cls, loaded: Loaded, parts: Sequence[Part]) -> "Speed":
        """Return the speed of a call of `parts` with `loaded`."""
        first = next(iter(parts[0].image_parameters.values()))
        draft = draft_of(first, loaded.family, parts[0].few_step) if first.speed_mode == "draft" else None
        return cls(first.speed_mode, loaded, draft)

    def adjusted(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Return `parts` with the parameters with which their images are denoised."""
        if self.draft is None:
            return parts
        family, few_step = self.loaded.family, parts[0].few_step
        return [replace(part, adjust=lambda one: as_denoised(one, family, few_step)) for part in parts]

    @contextmanager
    def cached(self, pipe: Any) -> Iterator[None]:
        """Use the draft's step cache while `pipe` runs, where it is one that can; afterwards no hook is left."""
        cache = self.draft.step_cache if self.draft else None
        family = FAMILIES[self.loaded.family]
        if cache is None or type(pipe).__name__ not in [family.tasks[task] for task in family.caches]:
            yield
            return
        with use_step_cache(pipe.transformer, cache):
            yield

    def as_receipt(self) -> Mapping[str, Any]:
        """Return mode and techniques as JSON values."""
        return {"mode": self.mode, "techniques": [dict(one) for one in self._techniques()]}

    def _techniques(self) -> Sequence[Mapping[str, Any]]:
        if self.draft is not None:
            return self.draft.techniques
        source = self.loaded.source
        if not source.small:
            return ()
        return (
            {"name": "eight_bit_weights"},
            *([{"name": source.memory_mode}] if source.memory_mode in OFFLOADED else []),
        )
