"""Copies of a scheduler's tables on the host, so that its steps need not wait for the device.

Pipelines keep the time steps on the device, where the network needs them, and pass one of them to each `step`. Many
schedulers of diffusers look it up in a table or compare it with others, for which the host has to wait until the device
has done all its work (DDIM six times a step). The same numbers are known on the host before the run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from generation.pipelines.solvers.base import SigmaSpaceScheduler

_TABLES = ("timesteps", "sigmas")  # attributes that hold one number for each call of the network


class HostTables:
    """The tables of one scheduler for one run; made once `set_timesteps` was called."""

    def __init__(self, scheduler: Any) -> None:
        """Copy the tables of `scheduler` that are on a CUDA device; elsewhere, and for our own solvers, do nothing."""
        self._scheduler = scheduler
        self._on_device: dict[str, torch.Tensor] = {}
        if not isinstance(scheduler, SigmaSpaceScheduler):  # ours choose time steps meanwhile, and look none up
            tables = {name: getattr(scheduler, name, None) for name in _TABLES}
            self._on_device = {
                name: table for name, table in tables.items() if isinstance(table, torch.Tensor) and table.is_cuda
            }
        self._on_host = {name: table.cpu() for name, table in self._on_device.items()}

    def find(self, timestep: Any) -> Any:
        """Return the same time step on the host; `timestep` itself if it is not an element of the table.

        Which one it is shows in its address: pipelines loop over the table, or over a slice of it.
        """
        table = self._on_device.get("timesteps")
        if table is None or not isinstance(timestep, torch.Tensor) or timestep.dtype != table.dtype:
            return timestep
        index, rest = divmod(timestep.data_ptr() - table.data_ptr(), table.element_size())
        if timestep.dim() or rest or not 0 <= index < len(table) or not table.is_contiguous():
            return timestep
        return self._on_host["timesteps"][index]

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let the scheduler have the copies for the time of a step."""
        for name, table in self._on_host.items():
            setattr(self._scheduler, name, table)
        try:
            yield
        finally:
            for name, table in self._on_device.items():
                setattr(self._scheduler, name, table)
