"""Simple scenes as backgrounds: a sky, a ground, and a few shapes."""

import random
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor


def render(name: str, side: int) -> Tensor:
    """Return the scene called `name`, one of `captions.SCENES`: (3, side, side), 0 to 1."""
    small = _scene(name).resize((side, side), Image.Resampling.BOX)
    return torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1).float() / 255


def _scene(name: str) -> Image.Image:
    """Draw one of the simple scenes at 512 px."""
    side = 512
    above, below, horizon = _GROUNDS[name]
    image = Image.new("RGB", (side, side))
    draw = ImageDraw.Draw(image)
    for y in range(side):
        (top, bottom), (start, end) = (above, (0, horizon)) if y < horizon else (below, (horizon, side))
        part = (y - start) / max(1, end - start)
        draw.line((0, y, side, y), tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True)))
    rng = random.Random(name)
    for shape, colour, boxes in _decorations(name, rng):
        for box in boxes:
            (draw.polygon if shape == "polygon" else draw.ellipse)(box, fill=colour)
    return image


# Colours of the sky (from, to) and of the ground (from, to), and the height of the horizon, of 512.
_GROUNDS = {
    "on the grass": (((120, 196, 250), (196, 232, 252)), ((124, 196, 76), (72, 150, 52)), 330),
    "in the ocean": (((70, 170, 226), (30, 110, 190)), ((30, 110, 190), (12, 60, 130)), 256),
    "at night": (((10, 14, 48), (38, 44, 100)), ((24, 34, 44), (14, 22, 30)), 390),
    "in the snow": (((176, 208, 236), (220, 234, 246)), ((250, 252, 255), (222, 234, 246)), 330),
    "at sunset": (((92, 52, 130), (255, 150, 70)), ((92, 48, 70), (58, 30, 54)), 360),
    "in the desert": (((110, 190, 240), (240, 226, 190)), ((236, 196, 120), (214, 160, 84)), 320),
    "in the sky": (((78, 160, 236), (130, 196, 246)), ((130, 196, 246), (190, 226, 250)), 256),
    "in space": (((8, 8, 26), (16, 12, 44)), ((16, 12, 44), (30, 16, 62)), 256),
    "in the forest": (((150, 206, 170), (96, 160, 110)), ((66, 110, 56), (44, 80, 40)), 350),
}


Shapes = list[tuple[str, tuple[int, int, int], list[Any]]]


def _decorations(name: str, rng: random.Random) -> Shapes:
    """Return the shapes of a scene: (shape, colour, boxes or corners)."""
    spots = [(rng.randrange(500), rng.randrange(500)) for _ in range(40)]
    stars: Shapes = [("ellipse", (250, 246, 214), [(x, y * 2 // 3, x + 6, y * 2 // 3 + 6) for x, y in spots])]
    low = [(40, 60), (90, 40), (120, 66), (360, 96), (410, 76), (440, 102)]
    high = [*low, (60, 400), (110, 384), (150, 404), (380, 430)]
    trees = (30, 120, 390, 470)
    shapes: dict[str, Shapes] = {
        "at night": [*stars, ("ellipse", (246, 238, 190), [(400, 36, 470, 106)])],
        "in space": stars,
        "in the sky": [("ellipse", (252, 253, 255), [(x, y, x + 80, y + 52) for x, y in high])],
        "on the grass": [("ellipse", (252, 253, 255), [(x, y, x + 80, y + 52) for x, y in low])],
        "in the snow": [("ellipse", (255, 255, 255), [(x, y * 2 // 3, x + 10, y * 2 // 3 + 10) for x, y in spots])],
        "in the ocean": [("ellipse", (150, 214, 244), [(x, y, x + 16, y + 16) for x, y in spots[:14]])],
        "at sunset": [
            ("ellipse", (255, 226, 120), [(196, 270, 316, 390)]),
            ("polygon", (74, 38, 62), [((0, 360), (512, 360), (512, 512), (0, 512))]),
        ],
        "in the desert": [("ellipse", (255, 232, 130), [(390, 40, 460, 110)])],
        "in the forest": [
            ("polygon", (92, 66, 44), [((x, 180), (x + 20, 180), (x + 20, 380), (x, 380)) for x in trees]),
            ("polygon", (44, 110, 60), [((x - 50, 290), (x + 10, 60), (x + 70, 290)) for x in trees]),
        ],
    }
    return shapes[name]
