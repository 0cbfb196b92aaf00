"""The factor of an upscaler network, read from the shapes of its tensors, without torch.

`generation/pipelines/upscaling` loads the same layouts; other architectures state no factor that is read here.
"""

import math
import re
from collections.abc import Mapping

Shapes = Mapping[str, tuple[int, ...]]

# Prefixes that training code adds to the names of weights, the ones that count first.
PREFIXES = ("params_ema.", "params.", "net_g_ema.", "net_g.", "netG.", "generator.", "module.")
_DOUBLING = re.compile(r"(?:conv_up|upconv)\d+\.weight")
_LAYER = re.compile(r"(?:model|body)\.(\d+)\.weight")
_LARGEST = 8  # times, as far as requests go


def read_scale(shapes: Shapes) -> int | None:
    """Return the factor of the network with tensors of these `shapes` by name, 1 to 8; None where it is not known."""
    for prefix in PREFIXES:
        shapes = {name[len(prefix) :]: one for name, one in shapes.items() if name.startswith(prefix)} or shapes
    found = _of_residual_blocks(shapes) or _of_chain(shapes)
    return found if found and found <= _LARGEST else None


def _of_residual_blocks(shapes: Shapes) -> int | None:
    """Return the factor of an RRDBNet: doubled by each convolution for it, divided by what its input is folded by."""
    first = shapes.get("conv_first.weight") or shapes.get("model.0.weight")
    if first is None or len(first) != 4:
        return None
    doublings = sum(1 for name in shapes if _DOUBLING.fullmatch(name))
    if "model.0.weight" in shapes:  # first layout: the first convolution, one for each doubling, and the last two
        doublings = max(0, sum(1 for name in shapes if _LAYER.fullmatch(name)) - 3)
    folded = max(1, math.isqrt(first[1] // 3))
    return 2 ** min(doublings, 5) // folded or None


def _of_chain(shapes: Shapes) -> int | None:
    """Return the factor of a compact network: its last convolution has three channels for each pixel of the result."""
    layers = {int(found[1]): one for name, one in shapes.items() if (found := _LAYER.fullmatch(name)) and len(one) == 4}
    return math.isqrt(layers[max(layers)][0] // 3) or None if layers else None
