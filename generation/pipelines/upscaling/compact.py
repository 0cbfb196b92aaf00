"""The compact super-resolution network: a plain chain of convolutions in front of a pixel shuffle.

Shape and names of weights after SRVGGNetCompact (Wang et al. 2021, Real-ESRGAN; "realesr-general-x4v3",
"realesr-animevideov3"), so that its files fit too.
"""

import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.pipelines.upscaling.models import Net, UnknownNet, fill


class CompactUpscaler(nn.Module):
    """Enlarges (n, 3, h, w) pictures of 0..1 to (n, 3, h * factor, w * factor)."""

    def __init__(self, *, width: int = 48, depth: int = 10, factor: int = 4) -> None:
        """Make `depth` inner convolutions of `width` channels."""
        super().__init__()
        self.factor = factor
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width)]
        for _ in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
        layers.append(nn.Conv2d(width, 3 * factor**2, 3, padding=1))
        self.body = nn.ModuleList(layers)

    def forward(self, input_images: Tensor) -> Tensor:
        """Return what the network adds to the picture with its pixels repeated."""
        inner = input_images
        for layer in self.body:
            inner = layer(inner)
        repeated = functional.interpolate(input_images, scale_factor=self.factor, mode="nearest")
        return functional.pixel_shuffle(inner, self.factor) + repeated


def from_weights(weights: Mapping[str, Tensor]) -> Net:
    """Return the network that fits `weights`; width, depth and factor are read from their shapes.

    Raises:
        UnknownNet: they are of another network.
    """
    convolutions = [
        name for name, weight in weights.items() if re.fullmatch(r"body\.\d+\.weight", name) and weight.ndim == 4
    ]
    if len(convolutions) < 2 or "body.0.weight" not in convolutions:
        raise UnknownNet("no chain of convolutions")
    last = max(convolutions, key=lambda name: int(name.split(".")[1]))
    width, factor = weights["body.0.weight"].shape[0], math.isqrt(weights[last].shape[0] // 3)
    if factor < 1:
        raise UnknownNet("its last convolution gives no picture")
    with torch.device("meta"):
        model = CompactUpscaler(width=width, depth=len(convolutions) - 2, factor=factor)
    # All its work is done at the small size, so that a pixel of the result costs little.
    return Net("compact", fill(model, weights), factor, max(16, width * 4 // factor**2))
