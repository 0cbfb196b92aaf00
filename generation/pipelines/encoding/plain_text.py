"""Prompts of families that have no encoder of ours: language models read them as they are written.

Brackets stay in the text, because they are punctuation there; what only the prompt language means is refused.
"""

import re
from collections.abc import Sequence
from typing import Any

from generation.parameters.prompts import PromptRefused, split_loras
from generation.parameters.schema import ResolvedParameters
from generation.pipelines.encoding.conditioning_plan import PlanEntry

_WEIGHT = re.compile(r"\([^()]*:\s*[-+]?\d*\.?\d+\s*\)")


def get_plain_arguments(
    image_parameters: Sequence[ResolvedParameters], plans: Sequence[Sequence[PlanEntry]], arguments: dict[str, Any]
) -> dict[str, Any]:
    """Return `arguments` with the prompts as they are written, but for the tags of LoRA.

    Args:
        image_parameters: of each image of the batch.
        plans: of their conditioning, in the same order.
        arguments: of the call; `prompt` is one text for all images, or a list with one for each.

    Raises:
        PromptRefused: a prompt has weights, edits, blends or `AND`.
    """
    texts = [split_loras(one.prompt)[0] for one in image_parameters]
    for one, text, plan in zip(image_parameters, texts, plans, strict=True):
        written = any(_WEIGHT.search(words) for words in (text, one.negative_prompt))
        if written or len(plan) > 1 or any(_is_composed(entry) for entry in plan):
            raise PromptRefused("this checkpoint reads plain text: no weights, edits, blends or AND")
    return {**arguments, "prompt": texts if isinstance(arguments["prompt"], list) else texts[0]}


def _is_composed(entry: PlanEntry) -> bool:
    _, texts = entry
    return len(texts.positive) > 1 or any(len(one) > 1 for one in (texts.negative, *(one for one, _ in texts.positive)))
