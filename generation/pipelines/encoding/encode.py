"""The door of this room: pipeline arguments in, arguments with the prompts encoded out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from generation.errors import GenerationError
from generation.parameters.prompts import Piece, PromptRefused, parse_attention, split_loras
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.encoding.conditioning_plan import MixedTexts, Recipe, TimedRecipe, get_pass, is_plain, recipes
from generation.pipelines.encoding.families import Kind, get_encoder_kind
from generation.pipelines.encoding.list_steering import ListedSteering
from generation.pipelines.encoding.steering import Conditioning, Steering
from generation.pipelines.encoding.tensors import Encoded, mixed

_TEXTS = ("prompt", "prompt_2", "prompt_3", "negative_prompt", "negative_prompt_2", "negative_prompt_3", "clip_skip")


@contextmanager
def encoded(
    pipe: Any, images: Sequence[ResolvedParameters], arguments: dict[str, Any], *, after: int = 0
) -> Iterator[dict[str, Any]]:
    """Lend the arguments with which `pipe` draws what the prompts of `images` mean, syntax and all.

    Where no image needs it (no syntax, nothing longer than the encoder reads, `clip_skip` 1) these are `arguments`
    themselves. Otherwise prompts are replaced by embeddings, one row for each image, and while the context lasts the
    pipeline's denoiser is steered where prompts change between steps or are composed. Afterwards, whatever happened,
    the pipeline is as it was.

    Args:
        pipe: a pipeline of any task; `Loaded` will do.
        images: what each image of the batch is drawn with, in its order.
        arguments: of the call, with `prompt` and, where the family takes it, `negative_prompt`.
        after: steps of the pass before, in a second pass over a finished picture.

    Raises:
        GenerationError: `refused`, a prompt's syntax asks for what cannot be, or `clip_skip` for a layer beyond.
    """
    pipe = getattr(pipe, "pipe", pipe)
    kind, steps = get_encoder_kind(pipe), get_pass(arguments)
    after = 0 if steps.first else after  # what another checkpoint began is one count with this
    try:
        timed = [_recipes(image, steps.steps, after) for image in images]
        plain = all(_by_itself(pipe, kind, image, one) for image, one in zip(images, timed, strict=True))
        steering = None if plain else _steering(pipe, kind, images, arguments, timed)
    except PromptRefused as error:
        raise GenerationError("refused", f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    if steering is None:
        yield arguments
        return
    changed = {name: value for name, value in arguments.items() if name not in _TEXTS}
    changed |= _embeddings(steering, guided="negative_prompt" in arguments or not kind.apart)
    if not steering.needed:
        yield changed
        return
    with steering.active():
        yield changed


def _recipes(image: ResolvedParameters, steps: int, after: int) -> list[TimedRecipe]:
    return recipes(split_loras(image.prompt)[0], image.negative_prompt, steps, after=after)


def _by_itself(pipe: Any, kind: Kind, image: ResolvedParameters, timed: list[TimedRecipe]) -> bool:
    """Tell whether the pipeline's own encoding does what is asked."""
    if (kind.clip_skip and image.clip_skip != 1) or not is_plain(timed, image.prompt, image.negative_prompt):
        return False
    return kind.fits is None or all(kind.fits(pipe, text) for text in (image.prompt, image.negative_prompt))


@torch.no_grad()
def _steering(
    pipe: Any,
    kind: Kind,
    images: Sequence[ResolvedParameters],
    arguments: dict[str, Any],
    timed: Sequence[list[TimedRecipe]],
) -> Steering:
    known: dict[tuple[str, int], Encoded] = {}
    if kind.listed and any(_blends(recipe) for one in timed for _, recipe in one):
        raise PromptRefused("this checkpoint reads every prompt at its own length, so it cannot blend them")

    def encode(text: str, clip_skip: int) -> Encoded:
        if (text, clip_skip) not in known:
            known[text, clip_skip] = kind.encode(pipe, parse_attention(text), clip_skip)
        return known[text, clip_skip]

    padding = kind.encode(pipe, [Piece("", 1.0)], images[0].clip_skip).embeds if kind.chunked else None

    def mix(texts: MixedTexts, clip_skip: int) -> Encoded:
        return mixed([(encode(text, clip_skip), share) for text, share in texts], padding)

    conditioned = [
        [
            Conditioning(
                end,
                tuple((mix(texts, image.clip_skip), weight) for texts, weight in recipe.positive),
                mix(recipe.negative, image.clip_skip),
            )
            for end, recipe in one
        ]
        for image, one in zip(images, timed, strict=True)
    ]
    guided = arguments.get("true_cfg_scale", 1.0) > 1 and "negative_prompt" in arguments
    steers = ListedSteering if kind.listed else Steering
    return steers(pipe, kind, get_pass(arguments), conditioned, padding=padding, guided=guided)


def _blends(recipe: Recipe) -> bool:
    return any(len(texts) > 1 for texts in (recipe.negative, *(texts for texts, _ in recipe.positive)))


def _embeddings(steering: Steering, *, guided: bool) -> dict[str, Any]:
    """Return the arguments for the first step."""
    first = steering.at(1)
    if steering.listed:
        return {
            "num_images_per_prompt": 1,
            "prompt_embeds": [span.positive[0][0].embeds for span in first],
            "negative_prompt_embeds": [span.negative.embeds for span in first],
        }
    positive = steering.stacked([span.positive[0][0] for span in first])
    found: dict[str, Any] = {"num_images_per_prompt": 1, "prompt_embeds": positive.embeds}
    if positive.pooled is not None:
        found["pooled_prompt_embeds"] = positive.pooled
    if guided:
        negative = steering.stacked([span.negative for span in first])
        found["negative_prompt_embeds"] = negative.embeds
        if negative.pooled is not None:
            found["negative_pooled_prompt_embeds"] = negative.pooled
    return found
