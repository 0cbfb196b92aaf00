"""Training of the classifier that evaluates the starter checkpoint, on artwork in styles that the checkpoint never saw.

    python -m generation.starter.evaluation.classifier

It names the thing in an image of 64 pixels. Things that it does not recognise in the checkpoint's own artwork it cannot
recognise in generated images either, so `evaluate` states both.
"""

import dataclasses
import random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.starter.dataset.artwork import UNSEEN_STYLES, render
from generation.starter.dataset.compose import Composer, Plan
from generation.starter.training import common

STATE = "judge"  # name of the state file; work folders have it by this name
SIDE = 64
WIDTHS = (48, 96, 192, 320)
# Augmentation of the training images: the shares of images that are distorted; of colours how far they are mixed.
MIRRORED, GRAY, SOFT, COLOUR_MIXED = 0.3, 0.1, 0.4, 0.15


class Block(nn.Module):
    """A strided convolution and a residual block of two convolutions, at half the size of the input."""

    def __init__(self, coming: int, going: int) -> None:
        """Make the convolutions."""
        super().__init__()
        self.first = nn.Conv2d(coming, going, 3, padding=1, stride=2)
        self.second = nn.Conv2d(going, going, 3, padding=1)
        self.third = nn.Conv2d(going, going, 3, padding=1)
        self.norms = nn.ModuleList([nn.GroupNorm(16, going) for _ in range(3)])

    def forward(self, inner: Tensor) -> Tensor:
        """Return (n, going, h / 2, w / 2)."""
        inner = functional.silu(self.norms[0](self.first(inner)))
        added = functional.silu(self.norms[1](self.second(inner)))
        return functional.silu(inner + self.norms[2](self.third(added)))


class Classifier(nn.Module):
    """Classifier of things: (n, 3, 64, 64) of 0..1 to (n, things) scores."""

    def __init__(self, things: int) -> None:
        """Make four blocks and one linear map."""
        super().__init__()
        self.blocks = nn.ModuleList(
            [Block(coming, going) for coming, going in zip((3, *WIDTHS[:-1]), WIDTHS, strict=True)]
        )
        self.name = nn.Linear(WIDTHS[-1], things)

    def forward(self, images: Tensor) -> Tensor:
        """Return scores."""
        inner = images * 2 - 1
        for block in self.blocks:
            inner = block(inner)
        return self.name(inner.mean(dim=(2, 3)))


def make_batch(composer: Composer, rng: random.Random, count: int) -> tuple[Tensor, Tensor]:
    """Return images of one thing each, moved and resized at random, and the numbers of the things."""
    plans: list[Plan] = []
    while len(plans) < count:
        plan = composer.plan(rng)
        if len(plan.placed) == 1:
            one = plan.placed[0]
            scale, x, y = one.scale * rng.uniform(0.75, 1.1), rng.uniform(-0.06, 0.06), rng.uniform(-0.06, 0.06)
            plan.placed = [dataclasses.replace(one, scale=scale, x=one.x + x, y=one.y + y)]
            plans.append(plan)
    shown = [int(composer.artwork.thing[plan.placed[0].icon]) for plan in plans]
    return distort(composer.render(plans)), torch.tensor(shown)


def distort(images: Tensor) -> Tensor:
    """Return (n, 3, h, w) images augmented: rotated, sheared, mirrored, with changed colours, blurred.

    There are few styles, and a thing is recognised in all of them by its shape rather than its exact lines and colours.
    """
    count = len(images)
    turn, shear = torch.randn(2, count) * 0.12
    wide, high = 1 + torch.randn(2, count) * 0.1
    mirrored = torch.where(torch.rand(count) < MIRRORED, -1.0, 1.0)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = mirrored * wide * turn.cos(), shear - turn.sin()
    matrix[:, 1, 0], matrix[:, 1, 1] = mirrored * turn.sin(), high * turn.cos()
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    made = functional.grid_sample(images, grid, align_corners=False, padding_mode="border")
    mixing = torch.eye(3) + torch.randn(count, 3, 3) * COLOUR_MIXED * (torch.rand(count, 1, 1) < 0.5)
    made = torch.einsum("nij,njhw->nihw", mixing / mixing.sum(2, keepdim=True).clamp_min(0.3), made)
    gray = torch.rand(count) < GRAY
    made[gray] = made[gray].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    soft = torch.rand(count) < SOFT
    made[soft] = functional.avg_pool2d(functional.pad(made[soft], (1, 1, 1, 1), mode="replicate"), 3, 1)
    return made.clamp(0, 1)


def load(options: Any, things: int) -> Classifier:
    """Return the trained classifier."""
    classifier: Classifier = common.load_averaged(options.work, STATE, Classifier(things))
    return classifier


def main() -> None:
    """Train from the command line."""
    options = common.arguments(__doc__ or "", samples=250_000, batch=32, rate=2e-3).parse_args()
    device = common.prepare(options)
    artwork = render(options.work, UNSEEN_STYLES, SIDE)
    composer = Composer(artwork, SIDE, even=True)
    model: Any = Classifier(len(artwork.things))
    model = model.to(device, memory_format=torch.channels_last)
    average = common.Average(model, 0.998)
    inner = [weight for weight in model.blocks.parameters() if weight.ndim == 4]
    outer = [weight for weight in model.parameters() if weight.ndim != 4]
    used = common.Matrices(inner, options.rate), torch.optim.AdamW(outer, lr=options.rate, weight_decay=0.01)
    run = common.Run(STATE, options, {"model": model, "average": average.model, "muon": used[0], "adam": used[1]})
    rng = random.Random(options.seed + run.samples)
    while not run.done:
        shown, named = make_batch(composer, rng, options.batch)
        for optimizer in used:
            optimizer.param_groups[0]["lr"] = run.rate_now(warm=2000, tail=0.6)
        shown = shown.to(device).contiguous(memory_format=torch.channels_last)
        with common.autocast(device):
            scores = model(shown).float()
        loss = functional.cross_entropy(scores, named.to(device), label_smoothing=0.05)
        model.zero_grad(set_to_none=True)
        loss.backward()
        for optimizer in used:
            optimizer.step()
        average.update(model)
        right = float((scores.argmax(1).cpu() == named).float().mean())
        run.step(options.batch, loss=float(loss.detach()), right=right)


if __name__ == "__main__":
    main()
