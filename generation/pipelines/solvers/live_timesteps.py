"""Time steps that are decided while a pipeline loops over them."""

from collections.abc import Iterator
from typing import Any, Protocol

import torch


class TimestepSource(Protocol):
    """A scheduler that decides the next time step from call to call."""

    def timestep_at(self, index: int) -> torch.Tensor | None:
        """Return the time step of call `index`, one number or one for each row; None once the run is finished."""


class LiveTimesteps(torch.Tensor):
    """Planned time steps, (calls,), whose iteration asks the scheduler each time and may end early.

    Pipelines loop over `scheduler.timesteps` and pass each to the network, which takes one number for all rows or one
    for each. Everything else (length, slices, arithmetic) works on the plan. A slice is live too.
    """

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    _scheduler: TimestepSource
    _first: int

    @classmethod
    def of(cls, plan: torch.Tensor, scheduler: TimestepSource, first: int = 0) -> "LiveTimesteps":
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
        """Yield the time step of each call, asked from the scheduler when it is due."""
        for index in range(self._first, self._first + len(self)):
            timestep = self._scheduler.timestep_at(index)
            if timestep is None:
                return
            yield timestep
