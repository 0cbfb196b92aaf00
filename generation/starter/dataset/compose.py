"""Composition of training images on the fly: things on colours and in scenes, recoloured, in pairs, in styles."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from generation.starter.dataset import captions, scenes
from generation.starter.dataset.artwork import Artwork
from generation.starter.dataset.captions import COLOURS, TINTS
from generation.starter.dataset.variety import OPEN_STYLES, Paper, random_shade

# Kinds of images and their shares; single things on white teach the shapes.
KINDS = {"plain": 0.40, "colour": 0.17, "scene": 0.10, "tinted": 0.13, "pair": 0.12, "effect": 0.08}
STATED_STYLE = 0.3  # share of captions that name the style of the artwork
STATED_WHITE = 0.2  # share of stated backgrounds that are white: only the words distinguish them from unstated ones
# Share of each style where the caption names none. Flat drawings have few parts and hard edges: a small model learns
# them best, and they are easiest to recognise.
USUAL_STYLE = "fluent-emoji-flat"
STYLE_SHARES = {USUAL_STYLE: 0.8, "noto": 0.1, "twemoji": 0.06, "fluent-emoji": 0.04}


@dataclass
class Placed:
    """One thing in an image: its icon, scale (1: the whole side), the position of its centre, its colour if changed.

    `any_style`: the caption leaves the style open, so icons of other styles are possible too. `shade`: a colour matrix,
    (3, 3).
    """

    icon: int
    scale: float = 0.86
    x: float = 0.5
    y: float = 0.5
    tint: str | None = None
    any_style: bool = False
    shade: Tensor | None = None


@dataclass
class Plan:
    """Plan of one image, with its caption. `background`: a colour, a scene, paper, or None for white."""

    caption: str
    placed: list[Placed] = field(default_factory=list)
    background: str | Paper | None = None
    effect: str | None = None


class Composer:
    """Plans images with captions and renders them at `side` pixels."""

    def __init__(
        self,
        artwork: Artwork,
        side: int,
        *,
        even: bool = False,
        kinds: Mapping[str, float] = KINDS,
        varied: bool = False,
    ) -> None:
        """Keep the artwork at `side` and half of it.

        `even`: show all things equally often. `kinds`: the share of each of KINDS. `varied`: what captions leave open
        is chosen at random, instead of the same each time.
        """
        self.artwork = artwork
        self.side = side
        self.kinds = dict(kinds)
        self.varied = varied
        self.style_shares = OPEN_STYLES if varied else STYLE_SHARES
        self.whole = _premultiply(artwork.icons, side)
        self.half = functional.interpolate(self.whole.float(), scale_factor=0.5, mode="area").half()
        self.scenes = {name: scenes.render(name, side) for name in captions.SCENES}
        self.names = captions.Names(artwork.things)
        self.by_thing: dict[int, dict[int, int]] = {}
        for icon, (thing, style) in enumerate(zip(artwork.thing, artwork.style, strict=True)):
            self.by_thing.setdefault(int(thing), {})[int(style)] = icon
        self.known = sorted(self.by_thing)
        named = [artwork.things[thing] for thing in self.known]
        self.chances = list(accumulate(1.0 if even else captions.frequency(thing) for thing in named))

    def plan(self, rng: random.Random) -> Plan:
        """Return the plan of a random image with its caption."""
        plan = self._planned(rng)
        if self.varied and plan.effect is None:
            for one in plan.placed:
                one.shade = random_shade(rng) if one.tint is None else None
            plan.background = plan.background or Paper.choose(rng)
        return plan

    def _planned(self, rng: random.Random) -> Plan:
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        if kind == "pair":
            return self._pair(rng)
        icon, name, style = self._pick(rng)
        placed, effect, setting = Placed(icon, any_style=style is None), None, ""
        background: str | None = None
        if kind == "effect":
            effect = rng.choice(list(captions.EFFECTS))
            background = rng.choice(captions.BACKGROUND_COLOURS) if effect == "sticker" and rng.random() < 0.5 else None
            setting = captions.background(rng, background) if background else ""
        elif kind == "tinted":
            placed.tint = rng.choice(TINTS)
            name = f"{placed.tint} {name}"
        if kind == "colour" or (kind == "tinted" and rng.random() < 0.25):
            background = self._stated_ground(rng, placed.tint)
            setting = captions.background(rng, background)
        elif kind == "scene":  # at the usual scale: a shape has to be learned once, not once for each size
            background = setting = rng.choice(captions.SCENES)
        return Plan(captions.sentence(rng, name, style, effect, setting), [placed], background, effect)

    def _stated_ground(self, rng: random.Random, tint: str | None) -> str:
        if tint != "white" and rng.random() < STATED_WHITE:
            return "white"
        return rng.choice([one for one in captions.BACKGROUND_COLOURS if one != tint])

    def _pair(self, rng: random.Random) -> Plan:
        tint = rng.choice(TINTS) if rng.random() < 0.2 else None
        left, left_name, _ = self._pick(rng, stating=0.0)
        right, right_name, _ = self._pick(rng, stating=0.0)
        placed = [
            Placed(left, 0.47, 0.26, 0.5, tint, any_style=True),
            Placed(right, 0.47, 0.74, 0.5, any_style=True),
        ]
        return Plan(captions.pair(rng, f"{tint} {left_name}" if tint else left_name, right_name), placed)

    def _pick(self, rng: random.Random, stating: float = STATED_STYLE) -> tuple[int, str, str | None]:
        """Return an icon, a name for it, and the style to state, or None; `stating`: the share of stated styles."""
        thing = rng.choices(self.known, cum_weights=self.chances)[0]
        drawings = self.by_thing[thing]
        stated = rng.random() < stating
        style = rng.choices(list(drawings), [1.0 if stated else self._share(style) for style in drawings])[0]
        name = self.names.choose(rng, self.artwork.things[thing])
        return drawings[style], name, self.artwork.styles[style] if stated else None

    def _share(self, style: int) -> float:
        return self.style_shares.get(self.artwork.styles[style], 1.0)

    def render(self, plans: list[Plan], *, mean_of_styles: bool = False) -> Tensor:
        """Return the planned images: (n, 3, side, side), 0 to 1.

        With `mean_of_styles`, where a caption leaves the style open, the mean over the possible styles: what a
        regression would converge to with one style at a time, without the noise of the choice.
        """
        owner = [number for number, plan in enumerate(plans) for _ in plan.placed]
        placed = [one for plan in plans for one in plan.placed]
        readings = [
            (place, reading, weight)
            for place, one in enumerate(placed)
            for reading, weight in (self._readings(one) if mean_of_styles else [(one, 1.0)])
        ]
        things = [reading for _, reading, _ in readings]
        layers = self.layers(things)
        _tint(layers, things)
        _shade(layers, things)
        shown = torch.zeros(len(placed), 4, self.side, self.side)
        for layer, (place, _, weight) in zip(layers, readings, strict=True):
            effect = plans[owner[place]].effect
            shown[place] += weight * (_EFFECTS[effect](layer) if effect in _EFFECTS else layer)
        canvas = torch.stack([self._render_background(plan.background) for plan in plans])
        for number, layer in zip(owner, shown, strict=True):
            canvas[number] = canvas[number] * (1 - layer[3:]) + layer[:3]
            if plans[number].effect == "gray":
                canvas[number] = _luminance(canvas[number]).expand(3, -1, -1)
        return canvas.clamp_(0, 1)

    def _readings(self, one: Placed) -> list[tuple[Placed, float]]:
        """Return the icons that the caption of `one` may mean, each with its probability."""
        if not one.any_style:
            return [(one, 1.0)]
        drawings = self.by_thing[int(self.artwork.thing[one.icon])]
        total = sum(self._share(style) for style in drawings)
        return [(replace(one, icon=icon), self._share(style) / total) for style, icon in drawings.items()]

    def layers(self, placed: list[Placed]) -> Tensor:
        """Return every placed thing on a transparent layer of its own: (n, 4, side, side), premultiplied."""
        layers = torch.zeros(len(placed), 4, self.side, self.side)
        small = torch.tensor([one.scale < 0.6 for one in placed])
        for bank, chosen in ((self.whole, ~small), (self.half, small)):
            where = chosen.nonzero()[:, 0]
            if not len(where):
                continue
            some = [placed[int(index)] for index in where]
            scale = torch.tensor([one.scale for one in some])
            shift = torch.tensor([[one.x * 2 - 1, one.y * 2 - 1] for one in some])
            matrix = torch.zeros(len(some), 2, 3)
            matrix[:, 0, 0] = matrix[:, 1, 1] = 1 / scale
            matrix[:, :, 2] = -shift / scale[:, None]
            grid = functional.affine_grid(matrix, [len(some), 4, self.side, self.side], align_corners=False)
            icons = bank[[one.icon for one in some]].float()
            layers[where] = functional.grid_sample(icons, grid, align_corners=False)
        return layers

    def _render_background(self, background: str | Paper | None) -> Tensor:
        if isinstance(background, Paper):
            return background.image(self.side)
        if background in self.scenes:
            return self.scenes[background].clone()
        return (
            (torch.tensor(COLOURS[background or "white"]) / 255).view(3, 1, 1).expand(3, self.side, self.side).clone()
        )


def _premultiply(icons: np.ndarray, side: int) -> Tensor:
    parts = []
    for start in range(0, len(icons), 256):
        part = torch.from_numpy(icons[start : start + 256]).permute(0, 3, 1, 2).float() / 255
        part[:, :3] *= part[:, 3:]
        if side != part.shape[-1]:
            part = functional.interpolate(part, (side, side), mode="area")
        parts.append(part.half())
    return torch.cat(parts)


def _luminance(pixels: Tensor) -> Tensor:
    """Return the luminance (1, h, w) of (3, h, w), with the weights of Rec. 601."""
    return (pixels * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(0, keepdim=True)


def _tint(layers: Tensor, placed: list[Placed]) -> None:
    """Recolour things in place: coloured parts take the tint, near-white and near-black parts stay."""
    for layer, one in zip(layers, placed, strict=True):
        if one.tint is None:
            continue
        alpha = layer[3:].clamp_min(1e-4)
        pixels = layer[:3] / alpha
        light = _luminance(pixels)
        chroma = pixels.amax(0, keepdim=True) - pixels.amin(0, keepdim=True)
        mix = ((chroma - 0.12) / 0.2).clamp(0, 1)
        inside = layer[3:] > 0.5
        if mix[inside].mean() < 0.15:  # a gray thing is tinted everywhere but in its darkest lines
            mix = ((light - 0.12) / 0.2).clamp(0, 1)
        middle = (light * mix * inside).sum() / (mix * inside).sum().clamp_min(1e-4)
        colour = torch.tensor(COLOURS[one.tint]).view(3, 1, 1) / 255
        shading = (light / middle.clamp_min(0.05)).clamp(0.45, 1.6)
        tinted = torch.where(shading <= 1, colour * shading, colour + (1 - colour) * (shading - 1))
        layer[:3] = (pixels * (1 - mix) + tinted * mix).clamp(0, 1) * layer[3:]


def _shade(layers: Tensor, placed: list[Placed]) -> None:
    """Apply the colour matrices of things in place; colours are clipped to the range of the premultiplied layer."""
    for layer, one in zip(layers, placed, strict=True):
        if one.shade is not None:
            layer[:3] = torch.einsum("ij,jhw->ihw", one.shade, layer[:3]).clamp_min(0).minimum(layer[3:])


def _lines(layer: Tensor) -> Tensor:
    """Return a line drawing: dark lines where the drawing has edges."""
    flat = _luminance(layer[:3]) + (1 - layer[3:])
    both = torch.cat([flat, layer[3:]])[None]
    right = functional.pad(both, (0, 1, 0, 0), mode="replicate").diff(dim=3)
    down = functional.pad(both, (0, 0, 0, 1), mode="replicate").diff(dim=2)
    edge = ((right**2 + down**2).sqrt().amax(1) * 4 - 0.2).clamp(0, 1)
    edge = functional.max_pool2d(edge, 3, 1, 1) if layer.shape[-1] >= 64 else edge
    return torch.cat([edge * 0.1, edge * 0.1, edge * 0.1, edge])


def _pixels(layer: Tensor) -> Tensor:
    """Return the thing as pixel art of 16 x 16 large pixels."""
    small = functional.interpolate(layer[None], (16, 16), mode="area")
    small = small * (small[:, 3:] > 0.4) / small[:, 3:].clamp_min(1e-4)
    return functional.interpolate(small, layer.shape[-2:], mode="nearest")[0]


def _sticker(layer: Tensor) -> Tensor:
    """Return the thing with a white border and a thin gray rim."""
    unit = max(1, layer.shape[-1] // 64)
    wide = functional.max_pool2d(layer[3:], 4 * unit + 1, 1, 2 * unit)
    rim = functional.max_pool2d(wide, 2 * unit + 1, 1, unit)
    gray = 0.72 * (rim - wide).clamp(0, 1)
    border = torch.cat([(wide + gray).expand(3, -1, -1), rim])
    return torch.cat([border[:3] * (1 - layer[3:]) + layer[:3], rim])


def _shadow(layer: Tensor) -> Tensor:
    return torch.cat([layer[3:] * 0.08] * 3 + [layer[3:]])


_EFFECTS = {"lines": _lines, "pixels": _pixels, "sticker": _sticker, "shadow": _shadow}
