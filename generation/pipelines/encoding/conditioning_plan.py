"""What an image is conditioned on at each step: which texts, mixed how. Plain data, no tensors."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generation.parameters.prompts import Composition, Span, compose, parse_attention, schedule

MixedTexts = tuple[tuple[str, float], ...]  # texts and their shares, which add up to 1


class Recipe(NamedTuple):
    """What one image is conditioned on for a while: prompts joined by `AND` with their weights, and a negative one."""

    positive: tuple[tuple[MixedTexts, float], ...]
    negative: MixedTexts


class TimedRecipe(NamedTuple):
    """A recipe, and the last step (from 1) at which it holds."""

    end_step: int
    recipe: Recipe


class Pass(NamedTuple):
    """Which steps a pipeline call takes: `taken` of them behind the first `first`, of `steps` in all."""

    steps: int
    first: int
    taken: int

    def step(self, done: int, calls: int) -> int:
        """Return the step (1 to `steps`) that begins when `done` of `calls` denoising calls are behind.

        Samplers of second order call twice for a step.
        """
        return min(self.first + done * self.taken // max(calls, 1) + 1, self.steps)


def get_pass(arguments: Mapping[str, Any]) -> Pass:
    """Return the steps that a pipeline takes with these arguments.

    With an init image only the steps that are really taken count (`strength`); a picture that one checkpoint begins
    and another ends (`denoising_end`, `denoising_start`) has one count for both.
    """
    steps = int(arguments["num_inference_steps"])
    starts, ends = arguments.get("denoising_start"), arguments.get("denoising_end")
    if starts is not None or ends is not None:
        first = int(steps * (starts or 0.0))
        return Pass(steps, first, max(1, int(steps * (ends or 1.0)) - first))
    if "strength" in arguments and arguments.get("image") is not None:
        steps = max(1, min(int(steps * arguments["strength"]), steps))
    return Pass(steps, 0, steps)


def recipes(prompt: str, negative_prompt: str, steps: int, *, after: int = 0) -> list[TimedRecipe]:
    """Return what an image is conditioned on over `steps` steps, in order; equal neighbours are one.

    Args:
        prompt: expanded, without LoRA tags.
        negative_prompt: likewise; `AND` is a word there.
        steps: of this pass.
        after: steps of the pass before this one.

    Raises:
        PromptRefused: see `compose` and `schedule`.
    """
    positive, negative = compose(prompt), compose(negative_prompt, conjunction=False)
    lines = [[schedule(one.text, steps, after=after) for one in each.prompts] for each in (positive, negative)]
    ends = sorted({span.end_step for line in lines for spans in line for span in spans})
    found: list[TimedRecipe] = []
    for end in ends:
        recipe = Recipe(_joined(positive, lines[0], end), _mixed(negative, lines[1], end))
        if found and found[-1].recipe == recipe:
            found.pop()
        found.append(TimedRecipe(end, recipe))
    return found


def is_plain(timed: list[TimedRecipe], prompt: str, negative_prompt: str) -> bool:
    """Tell whether these are the two prompts themselves all the way, without any syntax in either.

    Raises:
        PromptRefused: see `parse_attention`.
    """
    themselves = Recipe(((((prompt, 1.0),), 1.0),), ((negative_prompt, 1.0),))
    if [recipe for _, recipe in timed] != [themselves]:
        return False
    return all(parse_attention(text) == [(text, 1.0)] for text in (prompt, negative_prompt))


def _joined(composition: Composition, lines: list[list[Span]], step: int) -> tuple[tuple[MixedTexts, float], ...]:
    if composition.mode != "and":
        return ((_mixed(composition, lines, step), 1.0),)
    return tuple(
        (((_at(spans, step), 1.0),), one.weight) for one, spans in zip(composition.prompts, lines, strict=True)
    )


def _mixed(composition: Composition, lines: list[list[Span]], step: int) -> MixedTexts:
    total = sum(one.weight for one in composition.prompts)
    return tuple((_at(spans, step), one.weight / total) for one, spans in zip(composition.prompts, lines, strict=True))


def _at(spans: list[Span], step: int) -> str:
    return next(span.text for span in spans if step <= span.end_step)
