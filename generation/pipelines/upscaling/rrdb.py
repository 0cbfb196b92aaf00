"""RRDBNet, the network of ESRGAN (Wang et al. 2018) and Real-ESRGAN (Wang et al. 2021), from every layout of its files.

Three sets of names are in use: ESRGAN's first ("model.1.sub.0.RDB1.conv1.0.weight"), its second, also BSRGAN's
("RRDB_trunk.0.RDB1.conv1.weight"), and that of BasicSR and Real-ESRGAN ("body.0.rdb1.conv1.weight"). All are converted
to the last one. Number of blocks, width, number of doublings and folding of the input are read from the tensors.
"""

import math
import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.pipelines.upscaling.models import Net, UnknownArchitecture, assign_weights, fold

_SLOPE = 0.2  # of the leaky ReLU
_RESIDUAL = 0.2  # share of a block's result that is added to what went in
_SECOND = {"RRDB_trunk": "body", "trunk_conv": "conv_body", "HRconv": "conv_hr"}
_LAST = ("conv_hr", "conv_last")
_MOST_DOUBLINGS = 4


class DenseBlock(nn.Module):
    """Five convolutions, each of which takes the outputs of all before it."""

    def __init__(self, features: int, growth: int) -> None:
        """Keep `features` channels and add `growth` with every convolution but the last."""
        super().__init__()
        for number in range(1, 5):
            setattr(self, f"conv{number}", nn.Conv2d(features + (number - 1) * growth, growth, 3, padding=1))
        self.conv5 = nn.Conv2d(features + 4 * growth, features, 3, padding=1)

    def forward(self, inner: Tensor) -> Tensor:
        """Return `inner` plus the scaled residual."""
        seen = inner
        for number in range(1, 5):
            grown = functional.leaky_relu(getattr(self, f"conv{number}")(seen), _SLOPE)
            seen = torch.cat((seen, grown), 1)
        return inner + _RESIDUAL * self.conv5(seen)


class ResidualBlock(nn.Module):
    """Three dense blocks ("residual in residual")."""

    def __init__(self, features: int, growth: int) -> None:
        """Make the three blocks."""
        super().__init__()
        self.rdb1, self.rdb2, self.rdb3 = (DenseBlock(features, growth) for _ in range(3))

    def forward(self, inner: Tensor) -> Tensor:
        """Return `inner` plus the scaled residual."""
        return inner + _RESIDUAL * self.rdb3(self.rdb2(self.rdb1(inner)))


class RRDBNet(nn.Module):
    """Upscales (n, 3, h, w) images of 0..1 to (n, 3, h * factor, w * factor); factor = 2**doublings / folded."""

    def __init__(self, *, features: int, growth: int, blocks: int, doublings: int, folded: int, width: int = 0) -> None:
        """Make a network whose input is folded by `folded`; `width`: channels of the last layers, 0 for `features`."""
        super().__init__()
        self.folded, self.doublings = folded, doublings
        self.factor = 2**doublings // folded
        width = width or features
        self.conv_first = nn.Conv2d(3 * folded**2, features, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(features, growth) for _ in range(blocks)))
        self.conv_body = nn.Conv2d(features, features, 3, padding=1)
        for number in range(1, doublings + 1):
            setattr(self, f"conv_up{number}", nn.Conv2d(features, features, 3, padding=1))
        self.conv_hr = nn.Conv2d(features, width, 3, padding=1)
        self.conv_last = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        """Return the upscaled images."""
        height, width = (side * self.factor for side in images.shape[-2:])
        inner = self.conv_first(fold(images, self.folded))
        inner = inner + self.conv_body(self.body(inner))
        for number in range(1, self.doublings + 1):
            doubled = functional.interpolate(inner, scale_factor=2, mode="nearest")
            inner = functional.leaky_relu(getattr(self, f"conv_up{number}")(doubled), _SLOPE)
        upscaled: Tensor = self.conv_last(functional.leaky_relu(self.conv_hr(inner), _SLOPE))
        return upscaled[..., :height, :width]  # without the padding of `fold`


def from_weights(weights: Mapping[str, Tensor]) -> Net:
    """Return the network of `weights`.

    Raises:
        UnknownArchitecture: they are of another network.
    """
    named = _rename_weights(weights)
    try:
        first, grown, last = (named[f"{name}.weight"] for name in ("conv_first", "body.0.rdb1.conv1", "conv_hr"))
    except KeyError as error:
        raise UnknownArchitecture(f"no {error.args[0]}") from error
    blocks = {int(found[1]) for name in named if (found := re.match(r"body\.(\d+)\.", name))}
    doublings = sum(1 for name in named if re.fullmatch(r"conv_up\d+\.weight", name))
    folded = math.isqrt(first.shape[1] // 3)
    if folded not in (1, 2, 4) or doublings > _MOST_DOUBLINGS or 2**doublings < folded:
        raise UnknownArchitecture("folded or doubled in a way that is not known")
    with torch.device("meta"):
        model = RRDBNet(
            features=first.shape[0],
            growth=grown.shape[0],
            blocks=len(blocks),
            doublings=doublings,
            folded=folded,
            width=last.shape[0],
        )
    return Net("RRDBNet", assign_weights(model, named), model.factor, first.shape[0])


def _rename_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `weights` under the names of Real-ESRGAN; an unknown name stays and is refused later."""
    first_layout = any(name.startswith("model.1.sub.") for name in weights)
    rename = _first_layout(weights) if first_layout else _second_layout
    return {rename(name): weight for name, weight in weights.items()}


def _second_layout(name: str) -> str:
    head, dot, rest = name.partition(".")
    head = _SECOND.get(head) or re.sub(r"^upconv(\d)$", r"conv_up\1", head)
    return head + dot + rest.replace("RDB", "rdb")


def _first_layout(weights: Mapping[str, Tensor]) -> Callable[[str], str]:
    """Return a function that renames ESRGAN's first layout: one long sequence, in which layers without weights count.

    Number 0 is the first convolution, 1 contains the blocks and the convolution after them; then follow one for each
    doubling, and the last two.
    """
    numbers = sorted({int(found[1]) for name in weights if (found := re.fullmatch(r"model\.(\d+)\.weight", name))})
    inner = max(int(found[1]) for name in weights if (found := re.match(r"model\.1\.sub\.(\d+)\.", name)))
    doublings = [f"conv_up{place}" for place in range(1, len(numbers) - 2)]
    heads = {f"model.{number}": head for number, head in zip(numbers, ["conv_first", *doublings, *_LAST], strict=False)}
    heads[f"model.1.sub.{inner}"] = "conv_body"

    def rename(name: str) -> str:
        if found := re.fullmatch(r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.(weight|bias)", name):
            return f"body.{found[1]}.rdb{found[2]}.conv{found[3]}.{found[4]}"
        head, _, kind = name.rpartition(".")
        return f"{heads.get(head, head)}.{kind}"

    return rename
