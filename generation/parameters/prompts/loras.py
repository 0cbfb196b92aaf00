"""LoRA tags in prompts (`<lora:name:0.8>`), which are removed before the prompt is encoded."""

import re

from generation.parameters.prompts.errors import PromptRefused
from generation.parameters.ranges import RANGES, format_number

_TAG = re.compile(r"<(lora|lyco|hypernet):([^<>:]*)((?::[^<>:]*)*)>")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")


def split_loras(text: str) -> tuple[str, list[tuple[str, float]]]:
    """Return the prompt without its LoRA tags, and (name, weight) of each LoRA in the order of the text.

    `<lora:name>` weighs 1, `<lora:name:0.8>` 0.8; `<lyco:...>` means the same. A LoRA named twice weighs the sum, as in
    stable-diffusion-webui. A text without tags is returned unchanged; whether a name is known is not checked here.

    Raises:
        PromptRefused: a tag without a name, with a weight that is no number from -4 to 4 or with more than one weight,
            or one for a hypernetwork.
    """
    weights: dict[str, float] = {}
    for kind, name, numbers in _TAG.findall(text):
        weights[name.strip()] = weights.get(name.strip(), 0.0) + _weight(kind, name.strip(), numbers)
    for name, weight in weights.items():
        if not RANGES["loras.weight"].allows(weight):
            raise PromptRefused(
                f"prompt must weigh LoRA {_shown(name)} {RANGES['loras.weight']}; got {format_number(weight)}"
            )
    return (_TAG.sub("", text).strip() if weights else text), list(weights.items())


def _weight(kind: str, name: str, numbers: str) -> float:
    tag = f"<{kind}:{_shown(name)}{_shown(numbers)}>"
    if kind == "hypernet":
        raise PromptRefused(f"prompt must not ask for hypernetworks, which are not supported; remove {tag}")
    if not name:
        raise PromptRefused(f"prompt has {tag}, which names no LoRA; write <lora:name:0.8>")
    if not numbers:
        return 1.0
    _, first, *more = numbers.split(":")
    if more or not _NUMBER.fullmatch(first.strip()):
        raise PromptRefused(
            f"prompt has {tag}, which needs one number as its weight, such as <lora:{_shown(name)}:0.8>"
        )
    return float(first)


def _shown(text: str) -> str:
    """Return at most 60 characters of a text in one line, for messages."""
    return " ".join(text.split())[:60]
