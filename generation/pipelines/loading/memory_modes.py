"""How a checkpoint is made to fit: how exactly its weights are kept, and which of them lie on the accelerator.

Plain arithmetic without torch. Bytes of weights are counted at two bytes a weight (16 bit), as they are published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_GIB = 2**30
WORKING_BYTES = 1 * _GIB  # what one image of a family's own size needs beside the weights, attention in slices
DECODING_BYTES = 4 * _GIB  # what an autoencoder needs for a picture of a megapixel in one piece


@dataclass(frozen=True)
class Mode:
    """How a checkpoint is kept: see `protocol.CheckpointSource` for the words."""

    precision: str
    memory: str
    tiled_vae: bool


@dataclass(frozen=True)
class _Rung:
    """One way to keep weights, and what share of their bytes lies on the device: of all, or of the biggest part."""

    precision: str
    memory: str
    of_all: float = 0.0
    of_biggest: float = 0.0

    def lying(self, weights: int, biggest: int) -> int:
        """Return the bytes that lie on the device."""
        return int(self.of_all * weights + self.of_biggest * biggest)


# Best first. Offloading changes no picture and costs a second or two for each; eight bits change pictures a little;
# moving layer by layer makes every step several times slower.
_CUDA = (
    _Rung("half", "resident", of_all=1),
    _Rung("half", "offload", of_biggest=1),
    _Rung("quantized", "offload", of_biggest=0.5),
    _Rung("half", "sequential"),
)
# Apple's accelerators share the machine's memory, so that moving weights frees nothing, and know no eight bit floats.
_MPS = (_Rung("half", "resident", of_all=1),)
_CPU = (
    _Rung("full", "resident", of_all=2),
    _Rung("bf16", "resident", of_all=1),
    _Rung("quantized", "resident", of_all=0.5),
)
_LADDERS: Mapping[str, tuple[_Rung, ...]] = {"cuda": _CUDA, "mps": _MPS, "cpu": _CPU}


def choose_mode(weights_bytes: int, biggest_part_bytes: int, free_bytes: int, device_kind: str) -> Mode:
    """Return the best way to keep a checkpoint that leaves room to draw; the most frugal one where none does.

    Args:
        weights_bytes: of all parts together, at two bytes a weight.
        biggest_part_bytes: of the largest part (a denoiser or a text encoder), likewise.
        free_bytes: on the device, nothing of this checkpoint being there yet.
        device_kind: "cuda", "mps" or "cpu".
    """
    ladder = _LADDERS[device_kind]
    rung = next((one for one in ladder if _needs(one, weights_bytes, biggest_part_bytes) <= free_bytes), ladder[-1])
    left = free_bytes - rung.lying(weights_bytes, biggest_part_bytes)
    # On a CPU a picture must not depend on what else the machine does, as long as memory is not really short.
    tiled = rung is not ladder[0] if device_kind == "cpu" else left < DECODING_BYTES
    return Mode(rung.precision, rung.memory, tiled)


def needed_bytes(mode: Mode, weights_bytes: int, biggest_part_bytes: int, device_kind: str) -> int:
    """Return how many free bytes `choose_mode` wants to see for `mode`; 0 for one that is on no ladder."""
    found = (one for one in _LADDERS[device_kind] if (one.precision, one.memory) == (mode.precision, mode.memory))
    rung = next(found, None)
    return _needs(rung, weights_bytes, biggest_part_bytes) if rung else 0


def _needs(rung: _Rung, weights: int, biggest: int) -> int:
    return rung.lying(weights, biggest) + WORKING_BYTES
