"""Small random upscalers in the layouts in which the large ones are published, and what each does, written out.

The forward passes here take tensors by their published names and call nothing but torch's functions, so that they agree
with the site's networks only where both are right.
"""

import torch
from safetensors.torch import save_file
from torch.nn import functional

FEATURES, GROWTH = 8, 4


def _convolution(weights, name, given, wanted, scale=0.2):
    weights[f"{name}.weight"] = torch.randn(wanted, given, 3, 3) * scale
    weights[f"{name}.bias"] = torch.randn(wanted) * 0.05


# How each layout calls its parts: first, block, after the blocks, doublings, the last two.
LAYOUTS = {
    "real-esrgan": (
        "conv_first",
        "body.{}.rdb{}.conv{}",
        "conv_body",
        "conv_up{}",
        "conv_hr",
        "conv_last",
    ),
    "esrgan": ("conv_first", "RRDB_trunk.{}.RDB{}.conv{}", "trunk_conv", "upconv{}", "HRconv", "conv_last"),
}


def names(layout, blocks, doublings):
    """Return the names of a layout: first, block pattern, after, list of doublings, the last two."""
    if layout == "old":
        # Layers without weights count: an enlargement before and a ReLU after each doubling, a ReLU before the last.
        ups = [f"model.{3 + 3 * number}" for number in range(doublings)]
        end = 2 + 3 * doublings
        return (
            "model.0",
            "model.1.sub.{}.RDB{}.conv{}.0",
            f"model.1.sub.{blocks}",
            ups,
            f"model.{end}",
            f"model.{end + 2}",
        )
    first, block, after, up, hr, last = LAYOUTS[layout]
    return first, block, after, [up.format(number + 1) for number in range(doublings)], hr, last


def rrdb_weights(layout="real-esrgan", *, blocks=1, doublings=2, folded=1, prefix=""):
    """Return random weights of a small RRDBNet under the names of `layout`."""
    torch.manual_seed(blocks + doublings)
    weights = {}
    first, block, after, ups, hr, last = names(layout, blocks, doublings)
    _convolution(weights, first, 3 * folded**2, FEATURES)
    for number in range(blocks):
        for dense in (1, 2, 3):
            for conv in range(1, 6):
                wanted = FEATURES if conv == 5 else GROWTH
                _convolution(weights, block.format(number, dense, conv), FEATURES + (conv - 1) * GROWTH, wanted)
    for name in (after, *ups, hr):
        _convolution(weights, name, FEATURES, FEATURES)
    _convolution(weights, last, FEATURES, 3)
    return {prefix + name: weight for name, weight in weights.items()}


def rrdb_forward(weights, picture, layout="real-esrgan", *, blocks=1, doublings=2, folded=1):
    """Return what an RRDBNet with these weights makes of a (1, 3, h, w) picture, by the papers."""

    def conv(name, x):
        return functional.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1)

    def relu(x):
        return torch.where(x > 0, x, 0.2 * x)

    first, block, after, ups, hr, last = names(layout, blocks, doublings)
    _, _, height, width = picture.shape
    x = picture.reshape(1, 3, height // folded, folded, width // folded, folded)
    x = x.permute(0, 1, 3, 5, 2, 4).reshape(1, 3 * folded**2, height // folded, width // folded)
    begun = x = conv(first, x)
    for number in range(blocks):
        before_block = x
        for dense in (1, 2, 3):
            before = x
            parts = [x]
            for place in range(1, 5):
                parts.append(relu(conv(block.format(number, dense, place), torch.cat(parts, 1))))
            x = before + 0.2 * conv(block.format(number, dense, 5), torch.cat(parts, 1))
        x = before_block + 0.2 * x
    x = begun + conv(after, x)
    for name in ups:
        x = relu(conv(name, x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)))
    return conv(last, relu(conv(hr, x)))


def compact_weights(*, factor=4, width=8, depth=2):
    """Return random weights of a small SRVGGNetCompact under its published names."""
    torch.manual_seed(factor)
    weights = {}
    for number in range(depth + 1):
        _convolution(weights, f"body.{2 * number}", width if number else 3, width)
        weights[f"body.{2 * number + 1}.weight"] = torch.rand(width) * 0.5
    _convolution(weights, f"body.{2 * depth + 2}", width, 3 * factor**2)
    return weights


def compact_forward(weights, picture, *, factor=4, depth=2):
    """Return what a compact network with these weights makes of a (1, 3, h, w) picture."""
    x = picture
    for number in range(depth + 1):
        x = functional.conv2d(x, weights[f"body.{2 * number}.weight"], weights[f"body.{2 * number}.bias"], padding=1)
        slope = weights[f"body.{2 * number + 1}.weight"][None, :, None, None]
        x = torch.where(x > 0, x, slope * x)
    last = f"body.{2 * depth + 2}"
    x = functional.conv2d(x, weights[f"{last}.weight"], weights[f"{last}.bias"], padding=1)
    _, _, height, width = picture.shape
    x = x.reshape(1, 3, factor, factor, height, width).permute(0, 1, 4, 2, 5, 3)
    repeated = picture.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)
    return x.reshape(1, 3, height * factor, width * factor) + repeated


def doubling_weights():
    """Return a compact network of factor 2 that adds nothing: it repeats every pixel."""
    return {name: torch.zeros_like(weight) for name, weight in compact_weights(factor=2).items()}


def save(path, weights):
    """Write `weights` as a safetensors file and return its path."""
    save_file({name: weight.contiguous() for name, weight in weights.items()}, path)
    return path
