"""What a caption leaves open and a picture has to show all the same: the paper behind a thing, and its shades.

Drawn at random for the denoiser, so that seeds differ: a model that always saw white paper and one red draws one
picture, whatever the noise it begins with.
"""

import math
import random
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.starter.dataset.captions import COLOURS

PAPERS = {"white": 0.2, "plain": 0.35, "fade": 0.25, "disc": 0.2}
PALE = (0.12, 0.40)  # how much of a colour is in the paper, the rest is white
PAPER_COLOURS = ("red", "orange", "yellow", "green", "teal", "light blue", "blue", "purple", "pink", "gray")
DISC_RADIUS = 0.47  # of the side: reaches out from behind what stands on it
MOST_TURNED = 0.05  # of the circle of hues: 18 degrees, by which no colour takes another's name
SATURATION = (0.8, 1.15)
# Styles of the same outlines, which a small model draws alike well. Where a thing has no such drawing: as it is drawn.
OPEN_STYLES = {"fluent-emoji-flat": 0.6, "fluent-emoji": 0.36, "noto": 0.02, "twemoji": 0.02}


@dataclass(frozen=True)
class Paper:
    """Pale paper: "white", "plain", "fade" (from its colour above to white below), or "disc" on white."""

    kind: str
    colour: tuple[float, float, float]  # 0 to 1

    @classmethod
    def drawn(cls, rng: random.Random) -> "Paper":
        """Return paper of a random kind and colour."""
        part = rng.uniform(*PALE)
        red, green, blue = (1 - part + part * value / 255 for value in COLOURS[rng.choice(PAPER_COLOURS)])
        return cls(rng.choices(list(PAPERS), list(PAPERS.values()))[0], (red, green, blue))

    def picture(self, side: int) -> Tensor:
        """Return (3, side, side), 0 to 1."""
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


def shade(rng: random.Random) -> Tensor:
    """Return a (3, 3) map of colours that turns hues and changes saturation a little; grays stay as they are."""
    angle = rng.uniform(-MOST_TURNED, MOST_TURNED) * math.tau
    saturation = rng.uniform(*SATURATION)
    gray = torch.full((3, 3), 1 / 3)  # onto the axis of grays
    around = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    # Rodrigues' rotation about that axis, then longer or shorter across it.
    return gray + saturation * (math.cos(angle) * (torch.eye(3) - gray) + math.sin(angle) * around)
