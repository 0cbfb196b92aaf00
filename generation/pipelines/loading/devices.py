"""Torch devices: choosing one, its precision, free memory and memory budgets, and the number of CPU threads."""

import os
from dataclasses import dataclass

import torch

from generation.families import FAMILIES
from generation.pipelines.loading import capabilities, memory_budget
from generation.pipelines.loading.host_memory import read_host_memory
from generation.pipelines.loading.memory_budget import Machine


@dataclass(frozen=True)
class Device:
    """A torch device by name ("cuda:0", "mps", "cpu") and the default dtype of weights on it.

    `dtype` is float32 on the CPU; elsewhere float16, the precision in which the denoisers of Stable Diffusion were
    published; float32 again on cards that are slow or wrong in it. Flow families overflow in float16 and have a dtype
    of their own, `flow_dtype`; `dtype_for` knows the families.
    """

    name: str
    dtype: torch.dtype
    flow_dtype: torch.dtype = torch.bfloat16

    @property
    def kind(self) -> str:
        """Return "cuda", "mps" or "cpu"."""
        return self.name.partition(":")[0]

    @property
    def model(self) -> str:
        """Return what the device is sold as, such as "NVIDIA H200"; "mps" or "cpu" where torch does not tell."""
        return str(torch.cuda.get_device_name(self.name)) if self.kind == "cuda" else self.kind

    def dtype_for(self, family: str) -> torch.dtype:
        """Return the dtype for a checkpoint of `family`."""
        if self.dtype == torch.float32 or not FAMILIES[family].flow:
            return self.dtype
        return self.flow_dtype

    def empty_cache(self) -> None:
        """Return memory that torch has reserved but does not use to the device."""
        if self.kind == "cuda":
            torch.cuda.empty_cache()
        elif self.kind == "mps":
            torch.mps.empty_cache()

    def synchronize(self) -> None:
        """Wait until the device has finished its work, so that a clock read now is right."""
        if self.kind == "cuda":
            torch.cuda.synchronize(self.name)
        elif self.kind == "mps":
            torch.mps.synchronize()

    def measure(self, *, device_workers: int = 1, host_workers: int = 1) -> Machine:
        """Return what is free and what there is, on the device and in host memory, now.

        Apple's accelerators share the machine's memory: there counts what the driver recommends as the most.
        """
        host_free, host_total = read_host_memory()
        free, total, reserved = host_free, host_total, 0
        if self.kind == "cuda":
            free, total = torch.cuda.mem_get_info(self.name)
            reserved = torch.cuda.memory_reserved(self.name) - torch.cuda.memory_allocated(self.name)
        elif self.kind == "mps":
            total = torch.mps.recommended_max_memory()
            free = max(0, total - torch.mps.driver_allocated_memory())
        return Machine(self.kind, free, total, reserved, host_free, host_total, device_workers, host_workers)

    def free_bytes(self) -> int:
        """Return the free bytes on the device, including those that torch has reserved and does not use."""
        return memory_budget.free_now(self.measure())


def copy_to_device(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return `tensor` of the host on `device`; on CUDA without waiting until the device has done what is queued.

    The copy is read from pinned memory, which torch keeps until it has arrived.
    """
    if device.type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def choose_device(wanted: str | None = None) -> Device:
    """Return the device named by `wanted` ("cuda", "cuda:1", "mps", "cpu"), or the best for "auto", None or "".

    Cards that the installed torch has no code for are not chosen.

    Raises:
        ValueError: this machine has no usable device `wanted`; the message names those that it has.
    """
    there = _devices()
    name = wanted or "auto"
    if name in ("auto", "cuda"):
        name = next((one for one in there if name == "auto" or one.startswith("cuda")), name)
    if name not in there:
        why = f" ({capabilities.problem()})" if name.startswith("cuda") and not torch.cuda.is_available() else ""
        raise ValueError(f"SDSITE_DEVICE={wanted}: this machine has {', '.join(there)}{why}.")
    return there[name]


def _devices() -> dict[str, Device]:
    """Return the usable devices by name, the best first."""
    there = {}
    cards = capabilities.read_cards()
    built_for = torch.cuda.get_arch_list() if cards else []
    for number, card in enumerate(cards):
        if capabilities.has_code(card, built_for):
            there[f"cuda:{number}"] = Device(f"cuda:{number}", *capabilities.dtypes(card))
    if torch.backends.mps.is_available():
        there["mps"] = Device("mps", torch.float16)
    return there | {"cpu": Device("cpu", torch.float32)}


def reserve_a_core() -> int:
    """Let torch use all CPU cores but one, which the web process needs; return the number of its threads.

    More threads than free cores wait for each other: a step of milliseconds then takes seconds.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max(1, min(cores - 1, int(os.environ.get("OMP_NUM_THREADS") or cores)))
    torch.set_num_threads(threads)
    return threads
