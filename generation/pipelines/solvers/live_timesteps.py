"""Time steps that are found out while a pipeline loops over them."""

from collections.abc import Iterator
from typing import Any, Protocol

import torch


class Deciding(Protocol):
    """A scheduler that decides from call to call."""

    def timestep_at(self, index: int) -> torch.Tensor | None:
        """Return the time step of call `index`, one number or one for each row; None when there is none any more."""


class LiveTimesteps(torch.Tensor):
    """A plan of time steps, (calls,), whose loop asks the scheduler each time and may end early.

    Pipelines loop over `scheduler.timesteps` and hand each to the network, which takes one number for all rows or one
    for each. Everything else (length, slices, arithmetic) tells the plan. A slice is live too.
    """

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    _scheduler: Deciding
    _first: int

    @classmethod
    def of(cls, plan: torch.Tensor, scheduler: Deciding, first: int = 0) -> "LiveTimesteps":
        """Return `plan` as live time steps of `scheduler`, beginning with its call `first`."""
        live = plan.as_subclass(cls)
        live._scheduler = scheduler
        live._first = first
        return live

    def __getitem__(self, key: Any) -> torch.Tensor:
        """Return a planned time step, or a live slice."""
        found = super().__getitem__(key).as_subclass(torch.Tensor)
        if not isinstance(key, slice):
            return found
        start, _, step = key.indices(len(self))
        return found if step != 1 else LiveTimesteps.of(found, self._scheduler, self._first + start)

    def __iter__(self) -> Iterator[torch.Tensor]:
        """Yield the time step of each call when its turn comes."""
        for index in range(self._first, self._first + len(self)):
            timestep = self._scheduler.timestep_at(index)
            if timestep is None:
                return
            yield timestep
