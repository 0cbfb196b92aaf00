"""Random variation of what captions leave open: the background paper and the shades of a thing.

Chosen at random for the denoiser, so that seeds differ: a model trained only on white paper and one red generates the
same image from any initial noise.
"""

import math
import random
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.starter.dataset.captions import COLOURS

PAPERS = {"white": 0.2, "plain": 0.35, "fade": 0.25, "disc": 0.2}
PALE = (0.12, 0.40)  # share of a colour in the paper, the rest is white
PAPER_COLOURS = ("red", "orange", "yellow", "green", "teal", "light blue", "blue", "purple", "pink", "gray")
DISC_RADIUS = 0.47  # of the side: larger than the thing on it
MOST_TURNED = 0.05  # of the hue circle: 18 degrees, too little to change the name of a colour
SATURATION = (0.8, 1.15)
# Shares of the styles, mostly two with the same outlines, which a small model learns equally well. A thing without a
# drawing in these is shown in the styles that it has.
OPEN_STYLES = {"fluent-emoji-flat": 0.6, "fluent-emoji": 0.36, "noto": 0.02, "twemoji": 0.02}


@dataclass(frozen=True)
class Paper:
    """Pale paper: "white", "plain", "fade" (from its colour above to white below), or "disc" on white."""

    kind: str
    colour: tuple[float, float, float]  # 0 to 1

    @classmethod
    def choose(cls, rng: random.Random) -> "Paper":
        """Return paper of a random kind and colour."""
        part = rng.uniform(*PALE)
        red, green, blue = (1 - part + part * value / 255 for value in COLOURS[rng.choice(PAPER_COLOURS)])
        return cls(rng.choices(list(PAPERS), list(PAPERS.values()))[0], (red, green, blue))

    def image(self, side: int) -> Tensor:
        """Return the paper as an image: (3, side, side), 0 to 1."""
        middles = (torch.arange(side) + 0.5) / side
        if self.kind == "white":
            covered = torch.zeros(side, side)
        elif self.kind == "fade":
            covered = (1 - middles)[:, None].expand(side, side)
        elif self.kind == "disc":
            away = ((middles[:, None] - 0.5) ** 2 + (middles[None] - 0.5) ** 2).sqrt()
            covered = ((DISC_RADIUS - away) * side + 0.5).clamp(0, 1)
        else:
            covered = torch.ones(side, side)
        return 1 - covered * (1 - torch.tensor(self.colour).view(3, 1, 1))


def random_shade(rng: random.Random) -> Tensor:
    """Return a random (3, 3) colour matrix that rotates hues and changes saturation a little; grays are unchanged."""
    angle = rng.uniform(-MOST_TURNED, MOST_TURNED) * math.tau
    saturation = rng.uniform(*SATURATION)
    gray = torch.full((3, 3), 1 / 3)  # onto the axis of grays
    around = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    # Rodrigues' rotation about that axis, then scaling perpendicular to it.
    return gray + saturation * (math.cos(angle) * (torch.eye(3) - gray) + math.sin(angle) * around)
