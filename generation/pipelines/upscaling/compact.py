"""The compact super-resolution network: a plain chain of convolutions followed by a pixel shuffle.

Shape and names of weights after SRVGGNetCompact (Wang et al. 2021, Real-ESRGAN; "realesr-general-x4v3",
"realesr-animevideov3"), so that its files can be read too.
"""

import math
import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.pipelines.upscaling.models import Net, UnknownArchitecture, assign_weights


class CompactUpscaler(nn.Module):
    """Upscales (n, 3, h, w) images of 0..1 to (n, 3, h * factor, w * factor)."""

    def __init__(self, *, width: int = 48, depth: int = 10, factor: int = 4) -> None:
        """Make `depth` inner convolutions of `width` channels."""
        super().__init__()
        self.factor = factor
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width)]
        for _ in range(depth):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
        layers.append(nn.Conv2d(width, 3 * factor**2, 3, padding=1))
        self.body = nn.ModuleList(layers)

    def forward(self, images: Tensor) -> Tensor:
        """Return the upscaled images: nearest-neighbour upscaling plus the residual of the network."""
        inner = images
        for layer in self.body:
            inner = layer(inner)
        repeated = functional.interpolate(images, scale_factor=self.factor, mode="nearest")
        return functional.pixel_shuffle(inner, self.factor) + repeated


def from_weights(weights: Mapping[str, Tensor]) -> Net:
    """Return the network of `weights`; width, depth and factor are read from their shapes.

    Raises:
        UnknownArchitecture: they are of another network.
    """
    convolutions = [
        name for name, weight in weights.items() if re.fullmatch(r"body\.\d+\.weight", name) and weight.ndim == 4
    ]
    if len(convolutions) < 2 or "body.0.weight" not in convolutions:
        raise UnknownArchitecture("no chain of convolutions")
    last = max(convolutions, key=lambda name: int(name.split(".")[1]))
    width, factor = weights["body.0.weight"].shape[0], math.isqrt(weights[last].shape[0] // 3)
    if factor < 1:
        raise UnknownArchitecture("its last convolution does not give an image")
    with torch.device("meta"):
        model = CompactUpscaler(width=width, depth=len(convolutions) - 2, factor=factor)
    # All convolutions run at the small size, so that a pixel of the result costs little memory.
    return Net("compact", assign_weights(model, weights), factor, max(16, width * 4 // factor**2))
