"""Random prompts for "Inspire me", of the words of a checkpoint's vocabulary or of the built-in lists."""

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from generation.parameters.prompts.seeded_random import SeededRandom

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

# Categories of a vocabulary whose words end a prompt, and the category whose words stand before the subject.
_ENDINGS = frozenset({"backgrounds", "scenes", "styles"})
COLOURS = "colours"
_COLOURED = 3  # one prompt in so many names a colour

# Words of the starter's vocabulary that stand without an article, and what begins a clause after the noun.
_UNCOUNTED = frozenset({
    "bacon", "badminton", "bowling", "bread", "broccoli", "butter", "camping", "coral", "cooking", "dna",
    "fire", "fog", "food", "football", "garlic", "hair", "hockey", "ice", "lacrosse", "luggage", "milk",
    "o'clock", "oden", "popcorn", "rice", "sake", "salt", "soap", "spaghetti", "sushi", "tennis", "voltage",
    "wood", "yarn",
})  # fmt: skip
_CLAUSES = re.compile(r" (?:at|behind|for|holding|in|of|on|over|with|without) ")


def inspire(vocabulary: Sequence[Mapping[str, Any]], seed: int) -> str:
    """Return the prompt of `seed`.

    Args:
        vocabulary: categories of words that the checkpoint knows (`Checkpoint.vocabulary`); empty: any words.
        seed: any integer.
    """
    stream = SeededRandom(seed, "inspire")
    endings, colours = _words(vocabulary, _ENDINGS), _words(vocabulary, {COLOURS})
    things = _words(vocabulary, {str(group.get("category", "")).lower() for group in vocabulary} - _ENDINGS - {COLOURS})
    if things:
        thing = _one(stream, things)
        coloured = bool(colours) and not stream.below(_COLOURED)
        subject = with_article(f"{_one(stream, colours)} {thing}" if coloured else thing)
        return f"{subject} {_one(stream, endings)}" if endings else subject
    who, doing, where, how, light = (_one(stream, words) for words in (_WHO, _DOING, _WHERE, _HOW, _LIGHT))
    return f"{who} {doing} {where}, {how}, {light}"


def _words(vocabulary: Sequence[Mapping[str, Any]], categories: Set[str]) -> list[str]:
    groups = [group for group in vocabulary if str(group.get("category", "")).lower() in categories]
    return [str(word) for group in groups for word in group.get("words", [])]


def _one(stream: SeededRandom, words: Sequence[str]) -> str:
    return words[stream.below(len(words))]


def with_article(words: str) -> str:
    """Return `words` with an article, unless they are plural, a substance, or have one."""
    noun = _CLAUSES.split(words)[0].rsplit(" ", 1)[-1]
    is_plural = noun.endswith("s") and not noun.endswith(("ss", "us"))
    if words.split(" ", 1)[0] in ("a", "an", "the") or is_plural or noun in _UNCOUNTED:
        return words
    return f"{'an' if words[:1].lower() in 'aeio' or words.startswith('umb') else 'a'} {words}"
