"""Inspire me: a daft prompt, of a checkpoint's own words where it knows few, else of ours."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from generation.parameters.prompts.seeded_random import Dice

_WHO = (
    "a walrus", "a very small dragon", "an owl with a moustache", "a retired pirate", "a snail in a hurry", "two geese",
    "a nervous astronaut", "a cat in a raincoat", "the moon", "an octopus with eight umbrellas", "a polite bear",
    "a toaster with legs", "a hedgehog knight", "somebody's grandmother", "a goldfish in a suit", "a lonely lighthouse",
    "a choir of frogs", "a cactus with a birthday", "a robot that misses the sea", "a sloth on a racing bicycle",
)  # fmt: skip
_DOING = (
    "conducting an orchestra", "baking bread", "waiting for the last tram", "reading the newspaper upside down",
    "playing chess against the wind", "repairing a cloud", "selling second-hand stars", "learning to yodel",
    "painting its own portrait", "crossing a river on a teacup", "inventing the wheel", "hiding behind a tulip",
    "arguing with a vending machine", "weighing a rainbow", "knitting a scarf for a giraffe", "dancing the tango",
)  # fmt: skip
_WHERE = (
    "on the roof of a cathedral", "in a library under water", "in a field of giant strawberries",
    "at a bus stop on Mars", "inside a snow globe", "in grandfather's attic", "on a very long pier",
    "between two volcanoes", "in the queue at the post office", "on a floating island", "in a supermarket at midnight",
    "at the end of the alphabet",
)  # fmt: skip
_HOW = (
    "oil painting", "watercolour", "woodcut", "35 mm photograph, shallow depth of field", "stained glass", "claymation",
    "botanical illustration", "travel poster, 1930s", "pencil sketch", "paper cut-out", "Dutch still life", "pixel art",
)  # fmt: skip
_LIGHT = ("golden hour", "soft fog", "neon light", "candlelight", "a thunderstorm far away", "the first snow", "noon")

# Categories of a vocabulary whose words end a prompt instead of beginning one, and the one whose words stand before it.
_ENDINGS = frozenset({"backgrounds", "scenes", "styles"})
COLOURS = "colours"
_COLOURED = 3  # one idea of so many is of another colour


def inspire(vocabulary: Sequence[Mapping[str, Any]], seed: int) -> str:
    """Return a prompt that `seed` decides.

    Args:
        vocabulary: what a checkpoint knows (`Checkpoint.vocabulary`: categories with words); empty: everything.
        seed: any whole number.
    """
    dice = Dice(seed, "inspire")
    endings, colours = _words(vocabulary, _ENDINGS), _words(vocabulary, {COLOURS})
    things = _words(vocabulary, {str(group.get("category", "")).lower() for group in vocabulary} - _ENDINGS - {COLOURS})
    if things:
        thing = _one(dice, things)
        subject = _with_article(f"{_one(dice, colours)} {thing}" if colours and not dice.below(_COLOURED) else thing)
        return f"{subject} {_one(dice, endings)}" if endings else subject
    return f"{_one(dice, _WHO)} {_one(dice, _DOING)} {_one(dice, _WHERE)}, {_one(dice, _HOW)}, {_one(dice, _LIGHT)}"


def _words(vocabulary: Sequence[Mapping[str, Any]], categories: Set[str]) -> list[str]:
    groups = [group for group in vocabulary if str(group.get("category", "")).lower() in categories]
    return [str(word) for group in groups for word in group.get("words", [])]


def _one(dice: Dice, words: Sequence[str]) -> str:
    return words[dice.below(len(words))]


def _with_article(words: str) -> str:
    """Return `words` with an article, but plural ones and those that bring one."""
    parts = words.split(" ")
    first, last = parts[0], parts[-1]
    if first in ("a", "an", "the") or (last.endswith("s") and not last.endswith(("ss", "us"))):
        return words
    return f"{'an' if words[:1].lower() in 'aeio' or words.startswith('umb') else 'a'} {words}"
