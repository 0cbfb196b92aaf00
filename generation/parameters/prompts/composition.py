"""Composed prompts: `AND` adds predictions of several prompts, `cat:0.25 duck:0.75` blends their embeddings.

`a cat :1.2 AND a dog :0.8` evaluates the network once for each prompt and adds up the weighted predictions (Liu et al.
2022, "Compositional Visual Generation with Composable Diffusion Models", eq. 11). Syntax of stable-diffusion-webui:
`AND` in capitals as a word of its own, a weight behind a prompt after a colon, 1 without one.

`tabby cat:0.25 white duck:0.75` is a weighted mean of the prompts' embeddings. It is recognised only where the whole
prompt is two or more pieces `words:number`, the number directly behind the colon, not inside brackets, and no digit
before the colon: `(x:1.3)`, `[a:b:12]`, "at 12:30" and "score: 5" are not.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from generation.parameters.prompts.attention import NUMBER
from generation.parameters.prompts.errors import PromptRefused, check_weight

MOST_PROMPTS = 8

Mode = Literal["plain", "and", "blend"]

_AND = re.compile(r"\bAND\b")
_TRAILING = re.compile(rf":\s*({NUMBER})\Z")  # of a stripped text: \s* at either end would be quadratic
_BLEND = re.compile(rf"(?<![0-9:\s]):({NUMBER})(?:\s*,)?(?=\s|\Z)")
_BRACKETS = re.compile(r"\\.|[()\[\]]", re.DOTALL)


class WeightedPrompt(NamedTuple):
    """One of the prompts in a composition, and its weight."""

    text: str
    weight: float


@dataclass(frozen=True)
class Composition:
    """The prompts in a prompt, one or more, and how they are combined."""

    mode: Mode
    prompts: tuple[WeightedPrompt, ...]


def compose(text: str, *, conjunction: bool = True) -> Composition:
    """Return the prompts of `text`: those between `AND`s, the pieces of a blend, or the text itself, unchanged.

    Without `conjunction`, as in negative prompts, `AND` is an ordinary word.

    Raises:
        PromptRefused: more than 8 prompts, a weight beyond -100 to 100, or a blend whose weights add up to nothing.
    """
    found = Composition("plain", (WeightedPrompt(text, 1.0),))
    if conjunction and _AND.search(text):
        found = Composition("and", tuple(_with_weight(part) for part in _AND.split(text)))
    elif blended := _blended(text):
        found = Composition("blend", blended)
        if abs(sum(weight for _, weight in blended)) < 1e-6:
            raise PromptRefused("prompt must not blend prompts whose weights add up to 0")
    if len(found.prompts) > MOST_PROMPTS:
        raise PromptRefused(f"prompt must join at most {MOST_PROMPTS} prompts; got {len(found.prompts)}")
    for prompt in found.prompts:
        check_weight(prompt.weight, prompt.text)
    return found


def _with_weight(part: str) -> WeightedPrompt:
    text = part.strip()
    if stated := _TRAILING.search(text):
        return WeightedPrompt(text[: stated.start()].rstrip(), float(stated.group(1)))
    return WeightedPrompt(text, 1.0)


def _blended(text: str) -> tuple[WeightedPrompt, ...]:
    """Return the pieces of a blend; empty where `text` is not a blend."""
    if ":" not in text:
        return ()
    pieces: list[WeightedPrompt] = []
    end = 0
    for stated in _BLEND.finditer(_brackets_hidden(text)):
        words = text[end : stated.start()].strip()
        if not words:
            return ()
        pieces.append(WeightedPrompt(words, float(stated.group(1))))
        end = stated.end()
    return tuple(pieces) if len(pieces) > 1 and not text[end:].strip() else ()


def _brackets_hidden(text: str) -> str:
    """Return `text` with brackets and their contents replaced by as many underscores."""
    shown: list[str] = []
    depth = end = 0
    for match in _BRACKETS.finditer(text):
        between = text[end : match.start()]
        shown.append(between if depth == 0 else "_" * len(between))
        shown.append("_" * len(match.group()))
        if match.group() in ("(", "["):
            depth += 1
        elif match.group() in (")", "]"):
            depth = max(0, depth - 1)
        end = match.end()
    shown.append(text[end:] if depth == 0 else "_" * (len(text) - end))
    return "".join(shown)
