"""Memory modes: the precision of a checkpoint's weights, and which of them are on the accelerator, so that it fits.

Plain arithmetic without torch. Bytes of weights are counted at two bytes a weight (16 bit), as they are published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from generation.pipelines.loading.memory_budget import GIB, Room

WORKING_BYTES = 1 * GIB  # for one image of a family's own size beside the weights, with attention in slices
# Less than that is left for nothing on an accelerator: libraries take their workspace, a layer its weights.
LEAST_WORKING_BYTES = GIB // 4


@dataclass(frozen=True)
class Mode:
    """Precision and memory mode of a checkpoint; `weights.sources.CheckpointSource` has the values."""

    precision: str
    memory: str


@dataclass(frozen=True)
class _Option:
    """One way to keep weights, and the share of their bytes that is on the device: of all, or of the biggest part.

    `on_host` is the share of all that is kept in host memory.
    """

    precision: str
    memory: str
    of_all: float = 0.0
    of_biggest: float = 0.0
    on_host: float = 0.0

    def needs(self, weights: int, biggest: int, each: int = 2) -> Room:
        """Return the bytes of weights on the device at the same time, and on the host.

        `each`: bytes a weight in the device's own precision, which accelerators have for "half".
        """
        factor = each / 2 if self.precision == "half" else 1.0
        on_device = int(factor * (self.of_all * weights + self.of_biggest * biggest))
        return Room(on_device, int(factor * self.on_host * weights))


# Best first. Offloading changes no image and moves all weights there and back for each batch, by an estimate at 3 to 7
# GB a second (memory that is not pinned): 10 to 20 s for Flux in 16 bit; eight bits change images a little;
# moving layer by layer makes every step several times slower.
_CUDA = (
    _Option("half", "resident", of_all=1),
    _Option("half", "offload", of_biggest=1, on_host=1),
    _Option("quantized", "offload", of_biggest=0.5, on_host=0.5),
    _Option("half", "sequential", on_host=1),
)
# Apple's accelerators share the machine's memory, so moving weights frees nothing, and have no eight bit floats.
_MPS = (_Option("half", "resident", of_all=1),)
_CPU = (
    _Option("full", "resident", of_all=2),
    _Option("bf16", "resident", of_all=1),
    _Option("quantized", "resident", of_all=0.5),
)
_OPTIONS: Mapping[str, tuple[_Option, ...]] = {"cuda": _CUDA, "mps": _MPS, "cpu": _CPU}


def choose_mode(
    weights_bytes: int,
    biggest_part_bytes: int,
    usable: Room,
    device_kind: str,
    *,
    each: int = 2,
    failed: Mode | None = None,
) -> Mode | None:
    """Return the best mode that leaves room to generate, else the smallest whose weights fit; None if none do.

    Args:
        weights_bytes: of all parts together, at two bytes a weight.
        biggest_part_bytes: of the largest part (a denoiser or a text encoder), likewise.
        usable: bytes on the device and in host memory that this checkpoint may plan with.
        device_kind: "cuda", "mps" or "cpu".
        each: bytes a weight in an accelerator's own precision; 4 for cards that compute in float32.
        failed: a mode that ran out of memory with as much: neither it nor a larger one is chosen.
    """
    options = _OPTIONS[device_kind][rank(failed, device_kind) + 1 if failed else 0 :]
    sizes = (weights_bytes, biggest_part_bytes)
    found = next((one for one in options if _fits(one.needs(*sizes, each), usable, WORKING_BYTES)), None)
    if found is None:
        least = 0 if device_kind == "cpu" else LEAST_WORKING_BYTES
        found = next((one for one in reversed(options) if _fits(one.needs(*sizes, each), usable, least)), None)
    return Mode(found.precision, found.memory) if found else None


def rank(mode: Mode, device_kind: str) -> int:
    """Return the place of a mode among those of the device, 0 the best; -1 for one that is no option there.

    On an accelerator the device's own precision for the family stands for "half".
    """
    ways = [(one.precision, one.memory) for one in _OPTIONS[device_kind]]
    is_own = device_kind != "cpu" and mode.precision != "quantized"
    way = ("half" if is_own else mode.precision, mode.memory)
    return ways.index(way) if way in ways else -1


def needs(mode: Mode, weights_bytes: int, biggest_part_bytes: int, device_kind: str) -> Room:
    """Return the bytes of weights on the device and on the host in `mode`; none for one that the device has not."""
    place = rank(mode, device_kind)
    return _OPTIONS[device_kind][place].needs(weights_bytes, biggest_part_bytes) if place >= 0 else Room(0)


def least_bytes(weights_bytes: int, biggest_part_bytes: int, device_kind: str, *, each: int = 2) -> Room:
    """Return what the smallest mode of the device needs at least."""
    needed = _OPTIONS[device_kind][-1].needs(weights_bytes, biggest_part_bytes, each)
    return Room(needed.device + (0 if device_kind == "cpu" else LEAST_WORKING_BYTES), needed.host)


def _fits(needed: Room, usable: Room, working: int) -> bool:
    return needed.device + working <= usable.device and needed.host <= usable.host
