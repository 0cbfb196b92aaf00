"""Memory modes: the precision of a checkpoint's weights, and which of them are on the accelerator, so that it fits.

Plain arithmetic without torch. Bytes of weights are counted at two bytes a weight (16 bit), as they are published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_GIB = 2**30
WORKING_BYTES = 1 * _GIB  # for one image of a family's own size beside the weights, with attention in slices
DECODING_BYTES = 4 * _GIB  # for an autoencoder that decodes an image of a megapixel in one piece


@dataclass(frozen=True)
class Mode:
    """Precision, memory mode and VAE tiling of a checkpoint; `weights.sources.CheckpointSource` has the values."""

    precision: str
    memory: str
    tiled_vae: bool


@dataclass(frozen=True)
class _Option:
    """One way to keep weights, and the share of their bytes that is on the device: of all, or of the biggest part."""

    precision: str
    memory: str
    of_all: float = 0.0
    of_biggest: float = 0.0

    def device_bytes(self, weights: int, biggest: int) -> int:
        """Return the bytes that are on the device."""
        return int(self.of_all * weights + self.of_biggest * biggest)


# Best first. Offloading changes no image and moves all weights there and back for each batch, by an estimate at 3 to 7
# GB a second (memory that is not pinned): 10 to 20 s for Flux in 16 bit; eight bits change images a little;
# moving layer by layer makes every step several times slower.
_CUDA = (
    _Option("half", "resident", of_all=1),
    _Option("half", "offload", of_biggest=1),
    _Option("quantized", "offload", of_biggest=0.5),
    _Option("half", "sequential"),
)
# Apple's accelerators share the machine's memory, so moving weights frees nothing, and have no eight bit floats.
_MPS = (_Option("half", "resident", of_all=1),)
_CPU = (
    _Option("full", "resident", of_all=2),
    _Option("bf16", "resident", of_all=1),
    _Option("quantized", "resident", of_all=0.5),
)
_OPTIONS: Mapping[str, tuple[_Option, ...]] = {"cuda": _CUDA, "mps": _MPS, "cpu": _CPU}


def choose_mode(weights_bytes: int, biggest_part_bytes: int, free_bytes: int, device_kind: str) -> Mode:
    """Return the best mode that leaves room to generate; the smallest one if none does.

    Args:
        weights_bytes: of all parts together, at two bytes a weight.
        biggest_part_bytes: of the largest part (a denoiser or a text encoder), likewise.
        free_bytes: on the device, without this checkpoint.
        device_kind: "cuda", "mps" or "cpu".
    """
    options = _OPTIONS[device_kind]
    option = next(
        (one for one in options if _needed(one, weights_bytes, biggest_part_bytes) <= free_bytes), options[-1]
    )
    left = free_bytes - option.device_bytes(weights_bytes, biggest_part_bytes)
    # On a CPU an image must not depend on what else the machine does, as long as memory is not really short.
    tiled = option is not options[0] if device_kind == "cpu" else left < DECODING_BYTES
    return Mode(option.precision, option.memory, tiled)


def needed_bytes(mode: Mode, weights_bytes: int, biggest_part_bytes: int, device_kind: str) -> int:
    """Return the free bytes that `choose_mode` requires for `mode`; 0 for one that is no option of the device."""
    found = (one for one in _OPTIONS[device_kind] if (one.precision, one.memory) == (mode.precision, mode.memory))
    option = next(found, None)
    return _needed(option, weights_bytes, biggest_part_bytes) if option else 0


def _needed(option: _Option, weights: int, biggest: int) -> int:
    return option.device_bytes(weights, biggest) + WORKING_BYTES
