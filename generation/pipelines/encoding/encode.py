"""Context manager that replaces the prompts in pipeline arguments by embeddings and steers the denoiser."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from generation.errors import GenerationError
from generation.parameters.prompts import Piece, PromptRefused, parse_attention, split_loras
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.encoding.conditioning_plan import (
    ConditioningTexts,
    MixedTexts,
    PlanEntry,
    get_pass,
    is_plain,
    plan_conditioning,
)
from generation.pipelines.encoding.families import PLAIN, Kind, get_encoder_kind
from generation.pipelines.encoding.list_steering import ListedSteering
from generation.pipelines.encoding.plain_text import get_plain_arguments
from generation.pipelines.encoding.steering import Conditioning, Steering
from generation.pipelines.encoding.tensors import Encoded, mix_encoded

_TEXT_ARGUMENTS = (
    "prompt",
    "prompt_2",
    "prompt_3",
    "negative_prompt",
    "negative_prompt_2",
    "negative_prompt_3",
    "clip_skip",
)


@contextmanager
def encode_prompts(
    pipe: Any, image_parameters: Sequence[ResolvedParameters], arguments: dict[str, Any], *, after: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield the arguments with which `pipe` follows the prompts of `image_parameters`, including their syntax.

    If no image needs it (no syntax, nothing longer than the encoder reads, `clip_skip` 1) these are `arguments`
    themselves. Otherwise prompts are replaced by embeddings, one row for each image, and while the context lasts the
    pipeline's denoiser is steered where prompts change between steps or are composed. Afterwards, even after an
    exception, the pipeline is as before.

    Args:
        pipe: a pipeline of any task, or a `Loaded`.
        image_parameters: of each image of the batch, in its order.
        arguments: of the call, with `prompt` and, if the family takes it, `negative_prompt`.
        after: steps of the pass before, in a second pass over a finished image.

    Raises:
        GenerationError: `refused`, a prompt's syntax is not possible here, or `clip_skip` names a layer that the text
            encoder does not have.
    """
    pipe = getattr(pipe, "pipe", pipe)
    kind, steps = get_encoder_kind(pipe), get_pass(arguments)
    after = 0 if steps.first else after  # a refiner goes on counting the steps of the base
    try:
        plans = [_plan(parameters, steps.steps, after) for parameters in image_parameters]
        if kind.prompts.encoder == PLAIN:
            arguments = get_plain_arguments(image_parameters, plans, arguments)
        guided = _is_guided(pipe, kind, arguments)
        plain = kind.prompts.encoder == PLAIN or all(
            _is_native(pipe, kind, one, plan, guided=guided) for one, plan in zip(image_parameters, plans, strict=True)
        )
        steering = None if plain else _make_steering(pipe, kind, image_parameters, plans, arguments, guided=guided)
    except PromptRefused as error:
        raise GenerationError("refused", f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if steering is None:
        yield arguments
        return
    changed = {name: value for name, value in arguments.items() if name not in _TEXT_ARGUMENTS}
    changed |= _first_step_arguments(steering, guided=guided or not kind.prompts.apart)
    if not steering.needed:
        yield changed
        return
    with steering.active():
        yield changed


def _plan(parameters: ResolvedParameters, steps: int, after: int) -> list[PlanEntry]:
    return plan_conditioning(split_loras(parameters.prompt)[0], parameters.negative_prompt, steps, after=after)


def _is_guided(pipe: Any, kind: Kind, arguments: dict[str, Any]) -> bool:
    """Return whether `pipe` will call its denoiser for the negative prompt too, where it does so apart."""
    if kind.guidance in ("embedded", "true_cfg"):
        return arguments.get("true_cfg_scale", 1.0) > 1 and "negative_prompt" in arguments
    return arguments.get("guidance_scale", 1.0) > 1 and not pipe.config.get("is_distilled", False)


def _is_native(pipe: Any, kind: Kind, parameters: ResolvedParameters, plan: list[PlanEntry], *, guided: bool) -> bool:
    """Return whether the pipeline's own encoding does what is requested."""
    if guided and parameters.negative_prompt and not kind.prompts.negative:
        return False
    if (kind.prompts.clip_skip and parameters.clip_skip != 1) or not is_plain(
        plan, parameters.prompt, parameters.negative_prompt
    ):
        return False
    return kind.fits is None or all(kind.fits(pipe, text) for text in (parameters.prompt, parameters.negative_prompt))


@torch.no_grad()
def _make_steering(
    pipe: Any,
    kind: Kind,
    image_parameters: Sequence[ResolvedParameters],
    plans: Sequence[list[PlanEntry]],
    arguments: dict[str, Any],
    *,
    guided: bool,
) -> Steering:
    known: dict[tuple[str, int], Encoded] = {}
    if kind.prompts.listed and any(_blends(entry) for plan in plans for _, entry in plan):
        raise PromptRefused("this checkpoint reads every prompt at its own length, so it cannot blend them")

    def encode(text: str, clip_skip: int) -> Encoded:
        if (text, clip_skip) not in known:
            known[text, clip_skip] = kind.encode(pipe, parse_attention(text), clip_skip)
        return known[text, clip_skip]

    padding = (
        kind.encode(pipe, [Piece("", 1.0)], image_parameters[0].clip_skip).embeds if kind.prompts.chunked else None
    )

    def mix(texts: MixedTexts, clip_skip: int) -> Encoded:
        return mix_encoded([(encode(text, clip_skip), share) for text, share in texts], padding)

    conditioned = [
        [
            Conditioning(
                end,
                tuple((mix(texts, parameters.clip_skip), weight) for texts, weight in entry.positive),
                mix(entry.negative, parameters.clip_skip),
            )
            for end, entry in plan
        ]
        for parameters, plan in zip(image_parameters, plans, strict=True)
    ]
    steers = ListedSteering if kind.prompts.listed else Steering
    return steers(pipe, kind, get_pass(arguments), conditioned, padding=padding, guided=guided)


def _blends(entry: ConditioningTexts) -> bool:
    return any(len(texts) > 1 for texts in (entry.negative, *(texts for texts, _ in entry.positive)))


def _first_step_arguments(steering: Steering, *, guided: bool) -> dict[str, Any]:
    """Return the embedding arguments of the pipeline call, which hold for the first step."""
    first = steering.at(1)
    if steering.listed:
        return {
            "num_images_per_prompt": 1,
            "prompt_embeds": [span.positive[0][0].embeds for span in first],
            "negative_prompt_embeds": [span.negative.embeds for span in first],
        }
    positive = steering.stack([span.positive[0][0] for span in first])
    found: dict[str, Any] = {"num_images_per_prompt": 1, "prompt_embeds": positive.embeds}
    if positive.pooled is not None:
        found["pooled_prompt_embeds"] = positive.pooled
    if guided:
        negative = steering.stack([span.negative for span in first])
        found["negative_prompt_embeds"] = negative.embeds
        if negative.pooled is not None:
            found["negative_pooled_prompt_embeds"] = negative.pooled
    return found
