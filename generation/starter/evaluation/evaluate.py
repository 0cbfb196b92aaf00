"""Evaluation of the starter checkpoint on fixed prompts, and its contact sheet.

    python -m generation.starter.evaluation.evaluate [FOLDER] [--sheet SHEET.png]

Needs the trained classifier. One image is generated for every prompt, always with the same seed; no image is selected.
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


class Evaluator:
    """Names the things in images, by the classifier and by the nearest artwork."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Load the classifier and the checkpoint's own artwork."""
        self.artwork = artwork.render(options.work)
        self.names = [thing.name for thing in self.artwork.things]
        self.classifier = classifier.load(options, len(self.names))
        self._composer = Composer(self.artwork, artwork.SIDE)
        every = [Placed(icon) for icon in range(len(self.artwork.icons))]
        self.own = Composer(self.artwork, NEAREST_SIDE).layers(every)

    def artwork_at(self, *icons: int) -> Tensor:
        """Return drawings of the checkpoint's own artwork on white: (icons, 3, SIDE, SIDE) of 0 to 1."""
        return self._composer.render([Plan("", [Placed(icon)]) for icon in icons])

    @torch.no_grad()
    def classify(self, images: Tensor) -> list[list[str]]:
        """Return the classifier's TOP names for each image of 0..1, best first."""
        small = functional.interpolate(images, (classifier.SIDE, classifier.SIDE), mode="area")
        top = min(TOP, len(self.names))
        return [[self.names[int(index)] for index in row] for row in self.classifier(small).topk(top).indices]

    def nearest(self, images: Tensor) -> list[list[str]]:
        """Return the names of the TOP drawings nearest to each image, by the squared error at NEAREST_SIDE pixels.

        The drawings are composited on the colour of the image's border, so that the background does not count.
        """
        small = functional.interpolate(images, (NEAREST_SIDE, NEAREST_SIDE), mode="area")
        named = []
        for image, full in zip(small, images, strict=True):
            composited = self.own[:, :3] + (1 - self.own[:, 3:]) * border_colour(full).view(3, 1, 1)
            nearest = ((composited - image) ** 2).mean(dim=(1, 2, 3)).topk(TOP, largest=False).indices
            named.append([self.names[int(self.artwork.thing[int(index)])] for index in nearest])
        return named

    def classifier_ceiling(self, style: str | None = None) -> float:
        """Return the share of the checkpoint's own artwork (of one `style`) with its name in the classifier's TOP."""
        every = range(len(self.artwork.icons))
        chosen = [icon for icon in every if style in (None, self.artwork.styles[self.artwork.style[icon]])][::7]
        named = self.classify(self.artwork_at(*chosen))
        right = [self.names[int(self.artwork.thing[icon])] in got for icon, got in zip(chosen, named, strict=True)]
        return sum(right) / len(right)


def load(folder: Path) -> Any:
    """Return the checkpoint in `folder` in full precision, with DPM++ 2M."""
    pipe: Any = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, safety_checker=None)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = DPMSolverMultistepScheduler.from_config(pipe.scheduler.config)
    return pipe


def generate(pipe: Any, prompts: Sequence[str], *, seeds: Sequence[int], steps: int) -> Tensor:
    """Return one image of 0..1 for each prompt and seed."""
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


def is_among(wanted: tuple[str, ...], named: list[str]) -> bool:
    """Return whether one of `wanted` is among `named`."""
    return any(name in named for name in wanted)


def check_mixed(evaluator: Evaluator, images: Tensor, name_things: Any) -> list[bool]:
    """Return which of the MIXED images show what was prompted; with two things each half must show its own."""
    right = []
    for (_, wanted), image in zip(MIXED, images, strict=True):
        if "|" in "".join(wanted) or (len(wanted) == 2 and " " not in wanted[0] and _is_pair(wanted)):
            half = artwork.SIDE // 2
            sides = torch.stack([_crop_half(image, 0), _crop_half(image, half)])
            right.append(
                all(is_among(tuple(one.split("|")), got) for one, got in zip(wanted, name_things(sides), strict=True))
            )
        else:
            right.append(is_among(wanted, name_things(image[None])[0]))
    return right


def _is_pair(wanted: tuple[str, ...]) -> bool:
    prompt = next(prompt for prompt, things in MIXED if things is wanted)
    return any(joint in prompt for joint in (" next to ", " and ", " beside "))


def _crop_half(image: Tensor, left: int) -> Tensor:
    """Return one half of an image, its middle square upscaled to the whole side."""
    side = artwork.SIDE
    square = image[:, side // 4 : side * 3 // 4, left : left + side // 2]
    return functional.interpolate(square[None], (side, side), mode="bilinear")[0]


def border_colour(image: Tensor) -> Tensor:
    """Return the median colour, (3,) of 0 to 1, of the image's upper and lower border."""
    return torch.cat([image[:, :4].flatten(1), image[:, -4:].flatten(1)], dim=1).median(dim=1).values


def background_colour(image: Tensor) -> str:
    """Return the name of the colour nearest to the image's border."""
    edge = border_colour(image) * 255
    return min(captions.COLOURS, key=lambda name: float(((torch.tensor(captions.COLOURS[name]) - edge) ** 2).sum()))


def seed_distance(pipe: Any, prompts: Sequence[str], steps: int) -> float:
    """Return the mean distance (root of the mean squared difference, 0..1) between images of different seeds."""
    distances = []
    for prompt in prompts:
        images = generate(pipe, [prompt] * SEEDS_COMPARED, seeds=range(SEEDS_COMPARED), steps=steps)
        distances += [float(((a - b) ** 2).mean().sqrt()) for a, b in itertools.combinations(images, 2)]
    return sum(distances) / len(distances)


def make_contact_sheet(images: Tensor, columns: int) -> Image.Image:
    """Return the images in rows of `columns`."""
    rows = -(-len(images) // columns)
    whole = Image.new("RGB", (columns * artwork.SIDE, rows * artwork.SIDE), "white")
    for number, image in enumerate(images):
        tile = Image.fromarray((image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())
        whole.paste(tile, (number % columns * artwork.SIDE, number // columns * artwork.SIDE))
    return whole


def main() -> None:
    """Evaluate from the command line; prints one line of JSON at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=STARTER_LOCATION)
    parser.add_argument("--work", type=Path, default=artwork.WORK)
    parser.add_argument("--steps", type=int, default=STARTER_STEPS)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    pipe = load(options.folder)
    evaluator = Evaluator(options)
    shown = generate(pipe, [prompt for prompt, _ in MIXED], seeds=[SEED] * len(MIXED), steps=options.steps)
    if options.sheet:
        make_contact_sheet(shown, 10).save(options.sheet)
    plain = generate(pipe, PLAIN, seeds=[SEED] * len(PLAIN), steps=options.steps)
    backgrounds = list(itertools.product(BACKGROUND_THINGS, BACKGROUND_COLOURS))
    asked = [f"a {thing} on a {colour} background" for thing, colour in backgrounds]
    on_colours = generate(pipe, asked, seeds=[SEED] * len(asked), steps=options.steps)
    by_classifier = check_mixed(evaluator, shown, evaluator.classify)
    by_artwork = check_mixed(evaluator, shown, evaluator.nearest)
    for (prompt, _), right, close in zip(MIXED, by_classifier, by_artwork, strict=True):
        print(f"{'+' if right else '-'} {'+' if close else '-'} {prompt}")
    result = {
        "classifier names own artwork": round(evaluator.classifier_ceiling(), 3),
        "classifier names own artwork, usual style": round(evaluator.classifier_ceiling(USUAL_STYLE), 3),
        "mixed, classifier": sum(by_classifier),
        "mixed, nearest artwork": sum(by_artwork),
        "plain, classifier": sum(
            is_among((name,), got) for name, got in zip(PLAIN, evaluator.classify(plain), strict=True)
        ),
        "plain, nearest artwork": sum(
            is_among((name,), got) for name, got in zip(PLAIN, evaluator.nearest(plain), strict=True)
        ),
        "backgrounds": sum(
            background_colour(one) == colour for one, (_, colour) in zip(on_colours, backgrounds, strict=True)
        ),
        "distance between seeds": round(seed_distance(pipe, PLAIN[:5], options.steps), 3),
        "steps": options.steps,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
