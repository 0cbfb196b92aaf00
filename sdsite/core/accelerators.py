"""Accelerators of this machine, as far as they can be known without torch: device files, builds, visible devices."""

import importlib.util
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Exit codes of a worker whose accelerator cannot be used (any more): before it generated anything, and after it did.
FAILED_AT_ONCE = 69  # EX_UNAVAILABLE of sysexits.h
FAILED_LATER = 75  # EX_TEMPFAIL

# torch's own names of its setting for the allocator, the oldest first.
ALLOCATOR_SETTINGS = ("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_HIP_ALLOC_CONF", "PYTORCH_ALLOC_CONF")
# Segments that grow keep memory in one piece although sizes of images change from call to call.
ALLOCATOR = {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}
AUTO = ("", "auto")
VISIBLE = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")

_BUILD = re.compile(r"^(cuda|hip)\b[^=\n]*=\s*['\"]", re.MULTILINE)
_NVIDIA = re.compile(r"nvidia[0-9]+")


class NoSuchDevice(ValueError):
    """This machine has no such accelerator; the message names those that it has."""


@dataclass(frozen=True)
class Machine:
    """The cards whose drivers show them: numbers of NVIDIA's and AMD's, None where the system does not tell."""

    nvidia: int | None = None
    amd: int | None = None


def read_machine(dev: Path = Path("/dev"), topology: Path = Path("/sys/class/kfd/kfd/topology/nodes")) -> Machine:
    """Return what the folders `dev` and `topology` (AMD's list of processors and cards) show."""
    nvidia = sum(bool(_NVIDIA.fullmatch(path.name)) for path in dev.glob("nvidia*"))
    amd = sum(_read(path).strip() not in ("", "0") for path in topology.glob("*/gpu_id"))
    return Machine(nvidia or None, amd or (1 if (dev / "kfd").exists() and not nvidia else None))


def torch_build(version_file: Path | None = None) -> str:
    """Return what the installed torch is built for: "cuda", "rocm", "cpu"; "" without a torch that can be read."""
    if version_file is None:
        try:
            spec = importlib.util.find_spec("torch")  # does not import it
        except (ImportError, ValueError):
            return ""
        if spec is None or spec.origin is None:
            return ""
        version_file = Path(spec.origin).with_name("version.py")
    text = _read(version_file)
    if not text:
        return ""
    built_for = {match[1] for match in _BUILD.finditer(text)}
    return "rocm" if "hip" in built_for else "cuda" if "cuda" in built_for else "cpu"


def idle_card(wanted: str, build: str, machine: Machine) -> str:
    """Return a sentence where the machine has a card that the installed torch cannot use; "" where all is well.

    Args:
        wanted: SDSITE_DEVICE; a site that is told to generate on the CPU is not warned.
        build: of `torch_build`.
        machine: of `read_machine`.
    """
    maker = "NVIDIA" if machine.nvidia else "AMD" if machine.amd else ""
    if not maker or build != "cpu" or set(wanted.replace(" ", "").split(",")) == {"cpu"}:
        return ""
    kind = "CUDA" if maker == "NVIDIA" else "ROCm"
    return (
        f"This machine has an accelerator of {maker}, but the installed torch is built for the CPU alone: images are "
        f"generated on the CPU. Install a build of torch for {kind}, or set SDSITE_DEVICE=cpu."
    )


def own_device(name: str, environ: Mapping[str, str], build: str, machine: Machine) -> dict[str, str]:
    """Return the variables with which a worker sees the accelerator `name` alone, as its cuda:0.

    Libraries that open the first device by themselves then open this one. A list of visible devices that is set
    already (numbers, UUIDs, MIG instances) is kept to: `cuda:1` is its second entry. Where nothing tells how many
    there are, `name` is left to the worker.

    Args:
        name: an entry of SDSITE_DEVICE.
        environ: of the supervisor.
        build: of `torch_build`.
        machine: of `read_machine`.

    Raises:
        NoSuchDevice: there are fewer.
    """
    kind, _, number = name.partition(":")
    if kind != "cuda":
        return {"SDSITE_DEVICE": "" if name in AUTO else name}
    variable = _variable(build)
    index = int(number or 0)
    visible = _visible(variable, environ, build, machine)
    if visible is None:
        return {"SDSITE_DEVICE": name}
    if index >= len(visible):
        there = [f"cuda:{one}" for one in range(len(visible))] + ["cpu"]
        raise NoSuchDevice(f"SDSITE_DEVICE={name}: this machine has {', '.join(there)}.")
    return {"SDSITE_DEVICE": "cuda:0", variable: visible[index]}


def count_cards(environ: Mapping[str, str], build: str, machine: Machine) -> int:
    """Return how many cards a process with `environ` and a torch of `build` would see; 0 where nothing tells."""
    if build not in ("cuda", "rocm"):
        return 0
    return len(_visible(_variable(build), environ, build, machine) or ())


def place(name: str, environ: Mapping[str, str]) -> str:
    """Return where a worker's device is: the machine, and the device as the system knows it."""
    visible = next((f"{one}={environ[one]}" for one in VISIBLE if environ.get(one)), name or "auto")
    return f"{socket.gethostname()}, {visible}"


def allocator(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that sets torch's allocator for images of changing sizes; nothing where one is set."""
    return {} if any(name in environ for name in ALLOCATOR_SETTINGS) else dict(ALLOCATOR)


def _variable(build: str) -> str:
    """Return the name of the variable that chooses among the cards."""
    return "HIP_VISIBLE_DEVICES" if build == "rocm" else "CUDA_VISIBLE_DEVICES"


def _visible(variable: str, environ: Mapping[str, str], build: str, machine: Machine) -> list[str] | None:
    """Return the names by which `variable` may choose one device; None if their number is unknown."""
    if variable == "HIP_VISIBLE_DEVICES" and variable not in environ and "CUDA_VISIBLE_DEVICES" in environ:
        return _entries(environ["CUDA_VISIBLE_DEVICES"])  # ROCm reads it too
    if variable in environ:
        return _entries(environ[variable])
    if "ROCR_VISIBLE_DEVICES" in environ and build == "rocm":  # below HIP, which counts what is left
        return [str(number) for number in range(len(_entries(environ["ROCR_VISIBLE_DEVICES"])))]
    count = machine.amd if build == "rocm" else machine.nvidia
    return None if count is None else [str(number) for number in range(count)]


def _entries(value: str) -> list[str]:
    """Return the entries of a list of visible devices, which ends at the first that is no device."""
    entries: list[str] = []
    for entry in value.split(","):
        if not entry.strip() or entry.strip().startswith("-"):
            break
        entries.append(entry.strip())
    return entries


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
