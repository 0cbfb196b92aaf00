"""Common interface of upscaler networks, and the handling of their weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.weights.upscaler_scale import PREFIXES


class UnknownArchitecture(ValueError):
    """The tensors do not belong to this architecture."""


@dataclass
class Net:
    """A loaded upscaler network.

    `model` maps (1, 3, h, w) of 0..1 to (1, 3, h * factor, w * factor); `features` is the number of channels it keeps
    for each pixel of its output, which sets the tile size; `architecture` is a name for logs and receipts.
    """

    architecture: str
    model: Any
    factor: int
    features: int

    @property
    def size_bytes(self) -> int:
        """Return the bytes of its weights."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.model.state_dict().values())


def strip_prefixes(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `weights` without the prefixes that training code adds to their names ("params_ema.", "module.")."""
    found = dict(weights)
    for prefix in PREFIXES:
        inside = {name[len(prefix) :]: weight for name, weight in found.items() if name.startswith(prefix)}
        found = inside or found
    return found


def fold(images: Tensor, by: int) -> Tensor:
    """Return (n, c * by**2, h / by, w / by): squares of `by` x `by` pixels become channels; odd sides are padded.

    The inverse of a pixel shuffle (Shi et al. 2016). With it Real-ESRGAN makes networks of factor 4 work at 2 and 1.
    """
    if by == 1:
        return images
    height, width = images.shape[-2:]
    padded = functional.pad(images, (0, -width % by, 0, -height % by), mode="replicate")
    return functional.pixel_unshuffle(padded, by)


def assign_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> nn.Module:
    """Load exactly `weights` into `model` and return it ready for inference, in float32.

    Raises:
        UnknownArchitecture: names or shapes differ from the model's.
    """
    try:
        # Assigned, not copied: initialising a fresh model would take as long as reading the file.
        model.load_state_dict({name: weight.float() for name, weight in weights.items()}, assign=True)
    except RuntimeError as error:
        raise UnknownArchitecture(str(error).splitlines()[0]) from error
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
