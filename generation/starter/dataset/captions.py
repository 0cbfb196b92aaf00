"""Captions of the starter checkpoint's training images: colours, scenes, styles, and sentences made of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the web process reads the words without numpy
    from generation.starter.dataset.artwork import Thing

COLOURS = {
    "red": (221, 46, 68), "orange": (244, 144, 12), "yellow": (255, 204, 51), "green": (62, 160, 72),
    "blue": (48, 102, 214), "light blue": (138, 200, 242), "purple": (132, 74, 190), "pink": (244, 132, 184),
    "brown": (140, 84, 52), "gray": (140, 146, 154), "black": (24, 26, 30), "teal": (20, 148, 144),
    "dark blue": (28, 44, 110), "white": (255, 255, 255),
}  # fmt: skip
TINTS = ("red", "orange", "yellow", "green", "blue", "light blue", "purple", "pink", "brown", "black", "gray", "white")
BACKGROUND_COLOURS = tuple(COLOURS)
SCENES = (
    "on the grass", "in the ocean", "at night", "in the snow", "at sunset", "in the desert", "in the sky", "in space",
    "in the forest",
)  # fmt: skip
STYLE_WORDS = {
    "noto": ("painted style", "shaded style"),
    "fluent-emoji-flat": ("flat style", "minimal style"),
    "twemoji": ("cartoon style", "simple style"),
    "fluent-emoji": ("3d style", "glossy style"),
}
EFFECTS = {
    "pixels": ("pixel art",),
    "gray": ("black and white",),
    "lines": ("line drawing", "outline"),
    "shadow": ("silhouette",),
    "sticker": ("sticker",),
}
EFFECT_ENDINGS = {
    "pixels": "as pixel art",
    "gray": "in black and white",
    "lines": "as a line drawing",
    "shadow": "as a silhouette",
    "sticker": "as a sticker",
}
OTHER_WORD = 0.3  # share of captions that call a thing by another word than its name
MOST_SHARED = 16  # a word that more things share is not used as a name
SELDOM_ASKED = ("people", "signs")


def article(words: str) -> str:
    """Return `words` with the article that fits; plural names get none."""
    first = words.split(maxsplit=1)[0]
    if words.endswith("s") and not words.endswith("ss") and first not in ("a", "the"):
        return words
    return f"{'an' if first[0] in 'aeiou' else 'a'} {words}"


def frequency(thing: Thing) -> float:
    """Return the relative frequency of `thing`, at most 1: short names are prompted often, signs and trades seldom."""
    words = len(thing.name.removesuffix(" face").split())
    return words**-1.5 * (0.5 if thing.category in SELDOM_ASKED else 1.0)


class Names:
    """Words and the things they stand for; a name, or a short code of only one thing, stands for no other thing."""

    def __init__(self, things: Sequence[Thing]) -> None:
        """Count how many things share each word."""
        self._shared = Counter(word for thing in things for word in thing.words)
        codes = Counter(code for thing in things for code in thing.codes)
        self._owner = {code: thing.name for thing in things for code in thing.codes if codes[code] == 1}
        self._owner |= {thing.name: thing.name for thing in things}

    def sharing(self, thing: Thing, word: str) -> int:
        """Return how many things `word` may stand for when used for `thing`; more than MOST_SHARED: it is not used."""
        if word in self._owner:
            return 1 if self._owner[word] == thing.name else MOST_SHARED + 1
        return self._shared.get(word, 1)

    def choose(self, rng: random.Random, thing: Thing) -> str:
        """Return a name for `thing`: mostly its own, else another word, more likely the fewer things share it."""
        bare = thing.name.removesuffix(" face")
        short = bare if rng.random() < 0.3 and self.sharing(thing, bare) <= MOST_SHARED else thing.name
        words = {word: self.sharing(thing, word) for word in thing.words}
        words = {word: shared for word, shared in words.items() if shared <= MOST_SHARED}
        if not words or rng.random() >= OTHER_WORD:
            return short
        return rng.choices(list(words), [1 / shared for shared in words.values()])[0]


def sentence(rng: random.Random, subject: str, style: str | None, effect: str | None, setting: str) -> str:
    """Return a caption: subject and setting, with words for style or effect before or after them."""
    subject = article(subject) if rng.random() < 0.6 else subject
    opening = rng.choice(("", "", "", "a picture of ", "a drawing of ", "an emoji of "))
    text = f"{opening}{subject}" + (f" {setting}" if setting else "")
    if effect:
        word = rng.choice(EFFECTS[effect])
        text = rng.choice((f"{word} of {text}", f"{text}, {word}", f"{text} {EFFECT_ENDINGS[effect]}"))
    if style in STYLE_WORDS:
        text += rng.choice((", ", ", ", " in ")) + rng.choice(STYLE_WORDS[style])
    return text


def background(rng: random.Random, colour: str) -> str:
    """Return words for a background of one colour."""
    with_article = f"{'an' if colour[0] in 'aeiou' else 'a'} {colour}"
    return rng.choice((f"on {with_article} background", f"on {with_article} background", f"on {colour}"))


def pair(rng: random.Random, left: str, right: str) -> str:
    """Return words for two things side by side."""
    joint = rng.choice((" next to ", " and ", " beside "))
    return f"{article(left)}{joint}{article(right)}" if rng.random() < 0.7 else f"{left}{joint}{right}"
