"""Plan of the texts that an image is conditioned on at each step, and of their weights; plain data, no tensors."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generation.parameters.prompts import Composition, Span, compose, parse_attention, schedule

MixedTexts = tuple[tuple[str, float], ...]  # texts and their shares, which add up to 1


class ConditioningTexts(NamedTuple):
    """Texts of one image over a range of steps: prompts joined by `AND` with their weights, and the negative prompt."""

    positive: tuple[tuple[MixedTexts, float], ...]
    negative: MixedTexts


class PlanEntry(NamedTuple):
    """Conditioning texts, and the last step (from 1) at which they hold."""

    end_step: int
    texts: ConditioningTexts


class Pass(NamedTuple):
    """Steps of a pipeline call: it takes `taken` steps after the first `first`, of `steps` in all."""

    steps: int
    first: int
    taken: int

    def step(self, done: int, calls: int) -> int:
        """Return the step (1 to `steps`) that begins after `done` of `calls` denoising calls.

        Second-order samplers make two calls for a step.
        """
        return min(self.first + done * self.taken // max(calls, 1) + 1, self.steps)


def get_pass(arguments: Mapping[str, Any]) -> Pass:
    """Return the steps that a pipeline takes with these arguments.

    With an init image only the steps that are really taken count (`strength`); base and refiner (`denoising_end`,
    `denoising_start`) share one count of steps.
    """
    steps = int(arguments["num_inference_steps"])
    starts, ends = arguments.get("denoising_start"), arguments.get("denoising_end")
    if starts is not None or ends is not None:
        first = int(steps * (starts or 0.0))
        return Pass(steps, first, max(1, int(steps * (ends or 1.0)) - first))
    if "strength" in arguments and arguments.get("image") is not None:
        steps = max(1, min(int(steps * arguments["strength"]), steps))
    return Pass(steps, 0, steps)


def plan_conditioning(prompt: str, negative_prompt: str, steps: int, *, after: int = 0) -> list[PlanEntry]:
    """Return the texts that an image is conditioned on over `steps` steps, in order; equal neighbours are merged.

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
    found: list[PlanEntry] = []
    for end in ends:
        texts = ConditioningTexts(_join(positive, lines[0], end), _mix(negative, lines[1], end))
        if found and found[-1].texts == texts:
            found.pop()
        found.append(PlanEntry(end, texts))
    return found


def is_plain(plan: list[PlanEntry], prompt: str, negative_prompt: str) -> bool:
    """Return whether `plan` is the two prompts themselves at all steps, without any syntax in either.

    Raises:
        PromptRefused: see `parse_attention`.
    """
    themselves = ConditioningTexts(((((prompt, 1.0),), 1.0),), ((negative_prompt, 1.0),))
    if [texts for _, texts in plan] != [themselves]:
        return False
    return all(parse_attention(text) == [(text, 1.0)] for text in (prompt, negative_prompt))


def _join(composition: Composition, lines: list[list[Span]], step: int) -> tuple[tuple[MixedTexts, float], ...]:
    if composition.mode != "and":
        return ((_mix(composition, lines, step), 1.0),)
    return tuple(
        (((_text_at(spans, step), 1.0),), one.weight) for one, spans in zip(composition.prompts, lines, strict=True)
    )


def _mix(composition: Composition, lines: list[list[Span]], step: int) -> MixedTexts:
    total = sum(one.weight for one in composition.prompts)
    return tuple(
        (_text_at(spans, step), one.weight / total) for one, spans in zip(composition.prompts, lines, strict=True)
    )


def _text_at(spans: list[Span], step: int) -> str:
    return next(span.text for span in spans if step <= span.end_step)
