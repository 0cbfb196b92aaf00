"""Where pipelines run, and how much of the machine they take."""

import os
from dataclasses import dataclass

import torch

from generation.parameters.catalog import FAMILIES

_GIB = 2**30


@dataclass(frozen=True)
class Device:
    """A torch device by name ("cuda:0", "mps", "cpu") and the precision weights are kept in there.

    `dtype` is float32 on the CPU; elsewhere half precision, float16 as the denoisers of Stable Diffusion were
    published. Flow families overflow in float16 and take `dtype_for`'s answer.
    """

    name: str
    dtype: torch.dtype

    @property
    def kind(self) -> str:
        """Return "cuda", "mps" or "cpu"."""
        return self.name.partition(":")[0]

    def dtype_for(self, family: str) -> torch.dtype:
        """Return the precision for a checkpoint of `family`."""
        if self.dtype == torch.float32 or not FAMILIES[family].flow:
            return self.dtype
        return torch.bfloat16

    def empty_cache(self) -> None:
        """Give memory that torch holds but does not use back to the device."""
        if self.kind == "cuda":
            torch.cuda.empty_cache()
        elif self.kind == "mps":
            torch.mps.empty_cache()

    def synchronize(self) -> None:
        """Wait until the device has done what it was given, so that a clock read now is right."""
        if self.kind == "cuda":
            torch.cuda.synchronize(self.name)
        elif self.kind == "mps":
            torch.mps.synchronize()

    def free_bytes(self) -> int:
        """Return the bytes that a checkpoint could use here now; what torch holds and does not use is as good as free.

        Everything but a CUDA device counts in the machine's own memory.
        """
        if self.kind == "cuda":
            free, _total = torch.cuda.mem_get_info(self.name)
            held = torch.cuda.memory_reserved(self.name) - torch.cuda.memory_allocated(self.name)
            return int(free + held)
        return _free_ram()

    def host_budget(self) -> int:
        """Return the bytes that offloaded weights may take in the machine's memory: half of what is free."""
        return _free_ram() // 2

    def default_budget(self) -> int:
        """Return the bytes that loaded checkpoints may take: 3/4 of what is free on the device, half of free RAM."""
        if self.kind == "cuda":
            free, _total = torch.cuda.mem_get_info(self.name)
            return int(free * 0.75)
        return _free_ram() // 2


def choose_device(wanted: str | None = None) -> Device:
    """Return the device named by `wanted` ("cuda", "cuda:1", "mps", "cpu"), or the best there is.

    Raises:
        ValueError: `wanted` is no device of this machine; the message names those that are.
    """
    there = _devices()
    if not wanted:
        name = there[0]
    else:
        name = "cuda:0" if wanted == "cuda" else wanted
        if name not in there:
            raise ValueError(f"SDSITE_DEVICE={wanted}: this machine has {', '.join(there)}.")
    return Device(name, torch.float32 if name == "cpu" else torch.float16)


def _devices() -> list[str]:
    names = [f"cuda:{number}" for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]


def leave_a_core() -> int:
    """Let torch use every core but one, which the web process needs; return how many threads it has now.

    More threads than free cores spin on one another: a step of milliseconds then takes seconds.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max(1, min(cores - 1, int(os.environ.get("OMP_NUM_THREADS") or cores)))
    torch.set_num_threads(threads)
    return threads


def _free_ram() -> int:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (OSError, ValueError):
        return 8 * _GIB
