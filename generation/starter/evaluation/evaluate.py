"""Judge the starter checkpoint on fixed prompts, and draw its contact sheet.

    python -m generation.starter.evaluation.evaluate [FOLDER] [--sheet SHEET.png]

Needs the state of `judge`. Every prompt is drawn once with the same seed; nothing is picked out.
"""

import argparse
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from PIL import Image
from torch import Tensor
from torch.nn import functional

from generation.starter import STARTER_GUIDANCE_SCALE, STARTER_LOCATION, STARTER_STEPS
from generation.starter.dataset import artwork, captions
from generation.starter.dataset.compose import USUAL_STYLE, Composer, Placed, Plan
from generation.starter.evaluation import classifier
from generation.starter.evaluation.prompts import BACKGROUND_COLOURS, BACKGROUND_THINGS, MIXED, PLAIN

SEED = 1
TOP = 5
SEEDS_COMPARED = 6
NEAREST_SIDE = 32


class Eye:
    """Tells what is in a picture: by the judge, and by the nearest artwork."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Load the judge and the checkpoint's own artwork."""
        self.artwork = artwork.render(options.work)
        self.names = [thing.name for thing in self.artwork.things]
        self.judge = classifier.load(options, len(self.names))
        self._composer = Composer(self.artwork, artwork.SIDE)
        every = [Placed(icon) for icon in range(len(self.artwork.icons))]
        self.own = Composer(self.artwork, NEAREST_SIDE).layers(every)

    def artwork_at(self, *icons: int) -> Tensor:
        """Return drawings of the checkpoint's own artwork on white."""
        return self._composer.paint([Plan("", [Placed(icon)]) for icon in icons])

    @torch.no_grad()
    def judged(self, pictures: Tensor) -> list[list[str]]:
        """Return the TOP names for each picture of 0..1, best first."""
        small = functional.interpolate(pictures, (classifier.SIDE, classifier.SIDE), mode="area")
        top = min(TOP, len(self.names))
        return [[self.names[int(index)] for index in row] for row in self.judge(small).topk(top).indices]

    def nearest(self, pictures: Tensor) -> list[list[str]]:
        """Return the names of the TOP drawings nearest to each picture, by the squared error at NEAREST_SIDE pixels.

        The drawings are laid on the colour of the picture's border: the paper of a thing is not the thing.
        """
        small = functional.interpolate(pictures, (NEAREST_SIDE, NEAREST_SIDE), mode="area")
        named = []
        for picture, full in zip(small, pictures, strict=True):
            laid = self.own[:, :3] + (1 - self.own[:, 3:]) * border(full).view(3, 1, 1)
            nearest = ((laid - picture) ** 2).mean(dim=(1, 2, 3)).topk(TOP, largest=False).indices
            named.append([self.names[int(self.artwork.thing[int(index)])] for index in nearest])
        return named

    def ceiling(self, style: str | None = None) -> float:
        """Return the share of the checkpoint's own artwork (of one `style`) that the judge names among its TOP."""
        every = range(len(self.artwork.icons))
        chosen = [icon for icon in every if style in (None, self.artwork.styles[self.artwork.style[icon]])][::7]
        judged = self.judged(self.artwork_at(*chosen))
        right = [self.names[int(self.artwork.thing[icon])] in got for icon, got in zip(chosen, judged, strict=True)]
        return sum(right) / len(right)


def load(folder: Path) -> Any:
    """Return the checkpoint in `folder` in full precision, with DPM++ 2M."""
    pipe: Any = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
    return pipe


def draw(pipe: Any, prompts: Sequence[str], *, seeds: Sequence[int], steps: int) -> Tensor:
    """Return one picture of 0..1 for each prompt and seed."""
    made = []
    for start in range(0, len(prompts), 10):
        some = list(prompts[start : start + 10])
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds[start : start + 10]]
        shown = pipe(
            some,
            num_inference_steps=steps,
            guidance_scale=STARTER_GUIDANCE_SCALE,
            generator=generators,
            output_type="np",
        ).images
        made.append(torch.from_numpy(np.ascontiguousarray(shown)).permute(0, 3, 1, 2).float())
    return torch.cat(made)


def found(wanted: tuple[str, ...], named: list[str]) -> bool:
    """Tell whether one of `wanted` is among `named`."""
    return any(name in named for name in wanted)


def mixed(eye: Eye, pictures: Tensor, look: Any) -> list[bool]:
    """Return which of the MIXED pictures show what was asked; of two things each half must show its own."""
    right = []
    for (_, wanted), picture in zip(MIXED, pictures, strict=True):
        if "|" in "".join(wanted) or (len(wanted) == 2 and " " not in wanted[0] and _is_pair(wanted)):
            half = artwork.SIDE // 2
            sides = torch.stack([_half(picture, 0), _half(picture, half)])
            right.append(all(found(tuple(one.split("|")), got) for one, got in zip(wanted, look(sides), strict=True)))
        else:
            right.append(found(wanted, look(picture[None])[0]))
    return right


def _is_pair(wanted: tuple[str, ...]) -> bool:
    prompt = next(prompt for prompt, things in MIXED if things is wanted)
    return any(joint in prompt for joint in (" next to ", " and ", " beside "))


def _half(picture: Tensor, left: int) -> Tensor:
    """Return one half of a picture, its middle square enlarged to the whole side."""
    side = artwork.SIDE
    square = picture[:, side // 4 : side * 3 // 4, left : left + side // 2]
    return functional.interpolate(square[None], (side, side), mode="bilinear")[0]


def border(picture: Tensor) -> Tensor:
    """Return the colour, (3,) of 0 to 1, of the picture's upper and lower border."""
    return torch.cat([picture[:, :4].flatten(1), picture[:, -4:].flatten(1)], dim=1).median(dim=1).values


def background(picture: Tensor) -> str:
    """Return the name of the colour nearest to the picture's border."""
    edge = border(picture) * 255
    return min(captions.COLOURS, key=lambda name: float(((torch.tensor(captions.COLOURS[name]) - edge) ** 2).sum()))


def spread(pipe: Any, prompts: Sequence[str], steps: int) -> float:
    """Return the mean distance (root of the mean squared difference, 0..1) between pictures of different seeds."""
    distances = []
    for prompt in prompts:
        pictures = draw(pipe, [prompt] * SEEDS_COMPARED, seeds=range(SEEDS_COMPARED), steps=steps)
        distances += [float(((a - b) ** 2).mean().sqrt()) for a, b in itertools.combinations(pictures, 2)]
    return sum(distances) / len(distances)


def sheet(pictures: Tensor, columns: int) -> Image.Image:
    """Return the pictures in rows of `columns`."""
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * artwork.SIDE, rows * artwork.SIDE), "white")
    for number, picture in enumerate(pictures):
        tile = Image.fromarray((picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())
        whole.paste(tile, (number % columns * artwork.SIDE, number // columns * artwork.SIDE))
    return whole


def main() -> None:
    """Judge from the command line; prints one line of JSON at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=STARTER_LOCATION)
    parser.add_argument("--work", type=Path, default=artwork.WORK)
    parser.add_argument("--steps", type=int, default=STARTER_STEPS)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    pipe = load(options.folder)
    eye = Eye(options)
    shown = draw(pipe, [prompt for prompt, _ in MIXED], seeds=[SEED] * len(MIXED), steps=options.steps)
    if options.sheet:
        sheet(shown, 10).save(options.sheet)
    plain = draw(pipe, PLAIN, seeds=[SEED] * len(PLAIN), steps=options.steps)
    grounds = list(itertools.product(BACKGROUND_THINGS, BACKGROUND_COLOURS))
    asked = [f"a {thing} on a {colour} background" for thing, colour in grounds]
    on_colours = draw(pipe, asked, seeds=[SEED] * len(asked), steps=options.steps)
    judged, near = mixed(eye, shown, eye.judged), mixed(eye, shown, eye.nearest)
    for (prompt, _), right, close in zip(MIXED, judged, near, strict=True):
        print(f"{'+' if right else '-'} {'+' if close else '-'} {prompt}")
    result = {
        "judge names own artwork": round(eye.ceiling(), 3),
        "judge names own artwork, usual style": round(eye.ceiling(USUAL_STYLE), 3),
        "mixed, judge": sum(judged),
        "mixed, nearest artwork": sum(near),
        "plain, judge": sum(found((name,), got) for name, got in zip(PLAIN, eye.judged(plain), strict=True)),
        "plain, nearest artwork": sum(found((name,), got) for name, got in zip(PLAIN, eye.nearest(plain), strict=True)),
        "backgrounds": sum(background(one) == colour for one, (_, colour) in zip(on_colours, grounds, strict=True)),
        "distance between seeds": round(spread(pipe, PLAIN[:5], options.steps), 3),
        "steps": options.steps,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
