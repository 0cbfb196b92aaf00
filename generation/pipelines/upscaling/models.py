"""What every network that enlarges looks like to the studio, whatever it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

# What training code wraps around the names of the weights it saves; averaged weights come first, they are better.
_PREFIXES = ("params_ema.", "params.", "net_g_ema.", "net_g.", "netG.", "generator.", "module.")


class UnknownNet(ValueError):
    """These tensors are not of the architecture that was asked to take them."""


@dataclass
class Net:
    """A network in memory.

    `model` maps (1, 3, h, w) of 0..1 to (1, 3, h * factor, w * factor); `features` is how many channels of numbers it
    keeps for each pixel it gives, by which tiles are sized; `architecture` is a name for logs and receipts.
    """

    architecture: str
    model: Any
    factor: int
    features: int

    @property
    def size_bytes(self) -> int:
        """Return the bytes of its weights."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.model.state_dict().values())


def bare_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `weights` without what training code wraps around their names ("params_ema.", "module.")."""
    found = dict(weights)
    for prefix in _PREFIXES:
        inside = {name[len(prefix) :]: weight for name, weight in found.items() if name.startswith(prefix)}
        found = inside or found
    return found


def fold(input_images: Tensor, by: int) -> Tensor:
    """Return (n, c * by**2, h / by, w / by): squares of `by` pixels become channels; odd sides are repeated at the end.

    The inverse of a pixel shuffle (Shi et al. 2016). By that Real-ESRGAN makes nets of factor 4 work at 2 and 1.
    """
    if by == 1:
        return input_images
    height, width = input_images.shape[-2:]
    padded = functional.pad(input_images, (0, -width % by, 0, -height % by), mode="replicate")
    return functional.pixel_unshuffle(padded, by)


def fill(model: nn.Module, weights: Mapping[str, Tensor]) -> nn.Module:
    """Give `model` exactly `weights` and make it ready to be used, in float32.

    Raises:
        UnknownNet: names or shapes differ from the model's.
    """
    try:
        # Assigned, not copied: the random numbers of a fresh model would take as long as reading the file.
        model.load_state_dict({name: weight.float() for name, weight in weights.items()}, assign=True)
    except RuntimeError as error:
        raise UnknownNet(str(error).splitlines()[0]) from error
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
