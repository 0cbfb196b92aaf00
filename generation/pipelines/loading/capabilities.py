"""What CUDA and ROCm cards can compute: whether the installed torch has code for them, and in which precisions.

torch computes bfloat16 on any card, but emulates it many times slower where the chip lacks it, and cards before Volta,
and Turing without tensor cores, are slow or wrong in float16.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from generation.weights.reading import first_line

TENSOR_CORES = (7, 0)  # the first compute capability with fast float16
BFLOAT16 = (8, 0)
# GeForce GTX 16xx, MX450 and MX550, and the small Quadros: Turing, capability 7.5, without tensor cores.
_WITHOUT_TENSOR_CORES = re.compile(r"\b(GTX 16\d\d|MX[45]50|T\d{3,4})\b")
_ARCHITECTURE = re.compile(r"(sm|compute)_(\d+)[a-z]?")


@dataclass(frozen=True)
class Card:
    """A card: its model, its compute capability, and for ROCm its architecture such as "gfx1100", else ""."""

    model: str
    capability: tuple[int, int]
    architecture: str = ""

    @property
    def shown(self) -> str:
        """Return how messages call its architecture: "sm_75", "gfx1100"."""
        return self.architecture or f"sm_{self.capability[0]}{self.capability[1]}"


def read_cards() -> list[Card]:
    """Return the cards that torch finds, in its order; none where CUDA and ROCm do not work."""
    if not torch.cuda.is_available():
        return []
    cards = []
    for number in range(torch.cuda.device_count()):
        architecture = ""
        if torch.version.hip:
            architecture = str(getattr(torch.cuda.get_device_properties(number), "gcnArchName", "")).partition(":")[0]
        cards.append(Card(torch.cuda.get_device_name(number), torch.cuda.get_device_capability(number), architecture))
    return cards


def problem() -> str:
    """Return why torch reaches no card, in its own words ("The NVIDIA driver ... is too old"); "" if it does."""
    if torch.cuda.is_available():
        return ""
    try:
        torch.cuda.init()
    except Exception as error:  # RuntimeError of the driver, AssertionError of a build for the CPU
        return first_line(error).rstrip(".")
    return "no card was found"


def has_code(card: Card, built_for: Sequence[str]) -> bool:
    """Return whether a torch that was built for `built_for` ("sm_80", "compute_90", "gfx1100") runs on `card`.

    Code of an architecture runs on later minor versions of it; what is called "compute" is compiled for any later one.
    """
    if not built_for:
        return True
    if card.architecture:
        return card.architecture in built_for
    for match in filter(None, map(_ARCHITECTURE.fullmatch, built_for)):
        major, minor = divmod(int(match[2]), 10)
        if match[1] == "compute" and card.capability >= (major, minor):
            return True
        if card.capability[0] == major and card.capability[1] >= minor:
            return True
    return False


def dtypes(card: Card) -> tuple[torch.dtype, torch.dtype]:
    """Return in which precision `card` computes Stable Diffusion, and in which flow families."""
    if card.architecture or card.capability >= BFLOAT16:
        return torch.float16, torch.bfloat16
    if card.capability < TENSOR_CORES or _WITHOUT_TENSOR_CORES.search(card.model):
        return torch.float32, torch.float32
    return torch.float16, torch.float16


def describe_limits(card: Card) -> str:
    """Return a sentence on what the precision of `card` costs; "" for a card that lacks nothing."""
    dtype, flow_dtype = dtypes(card)
    if dtype == torch.float32:
        return (
            f"{card.model} is slow or wrong in half precision: checkpoints are kept in full precision and take twice "
            "the memory."
        )
    if flow_dtype == torch.float16:
        return (
            f"{card.model} has no bfloat16: Stable Diffusion 3, Flux and Z-Image are computed in float16, where large "
            "numbers may overflow. For a checkpoint that gives no image, set its precision to full."
        )
    return ""
