r"""Dynamic prompts: `{red|blue} fox`, `{2$$a|b|c}`, `__animals/cats__`, expanded by a seed.

The syntax is that of sd-dynamic-prompts, an extension of stable-diffusion-webui:

- `{a|b}` is one of the options, `{2::a|b}` a twice as often as b. Spaces at the ends of an option are dropped.
- `{2$$a|b|c}` is two different ones, joined by ", "; `{1-2$$ and $$a|b|c}` one or two, joined by " and "; `{2-$$...}`
  two or more, `{-2$$...}` none to two. More than there are means all of them. The seed decides the order as well.
- `__name__` is a line of the wildcard file `name`; lines may use all of this again, and `2::` in front of them.
  `{2$$__name__}` is two different lines.
- `\{`, `\}`, `\|` and `\__` are the characters themselves.
- Braces that are not closed, or hold neither `|` nor `$$`, are text: `\frac{a}{b}` and JSON stay as they are.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from generation.parameters.prompts.errors import MOST_NESTING, PromptRefused
from generation.parameters.prompts.seeded_random import SeededRandom
from generation.parameters.prompts.wildcards import WILDCARD
from generation.parameters.ranges import PROMPT_CHARACTERS

MOST_CHOICES = 1000  # of one prompt
MOST_JOB_CHOICES = 10_000  # of all prompts of a job
MOST_JOB_CHARACTERS = 1_000_000  # that are read while all prompts of a job are expanded

_MARK = re.compile(rf"\\\\|\\[{{}}|]|\\__|[{{}}|]|{WILDCARD.pattern}")
_QUANTITY = re.compile(r"\s*([0-9]{1,4}-[0-9]{0,4}|-[0-9]{1,4}|[0-9]{1,4})\$\$(?:([^|{}$]*)\$\$)?")
_WEIGHT = re.compile(r"\s*([0-9]{0,9})(?:\.([0-9]{1,9}))?::")
_UNIT = 10**9  # weights are counted in billionths, so that no rounding decides


class _Choice(NamedTuple):
    """A choice in braces of `least` to `most` of `options`."""

    least: int
    most: int
    separator: str
    options: list[str]


class Spending:
    """What the expansions of one job have cost so far: a grid of 256 cells expands as many prompts."""

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._choices = 0
        self._characters = 0

    def add(self, *, choices: int = 0, characters: int = 0) -> None:
        """Add choices made and characters read.

        Raises:
            PromptRefused: they are more than a job may have.
        """
        self._choices += choices
        self._characters += characters
        if self._choices > MOST_JOB_CHOICES or self._characters > MOST_JOB_CHARACTERS:
            raise PromptRefused(
                f"prompt must make at most {MOST_JOB_CHOICES} choices in all images of a job, and have at most "
                f"{MOST_JOB_CHARACTERS} characters to be read for them; ask for fewer images or a shorter prompt"
            )


def is_dynamic(text: str) -> bool:
    """Return whether `expand` would change the text: it has choices or wildcards, or escaped braces."""
    nodes = list(_Reader(text).nodes())
    return nodes not in ([], [text])


def expand(
    text: str,
    *,
    seed: int,
    wildcards: Mapping[str, Sequence[str]],
    salt: str = "prompt",
    spending: Spending | None = None,
) -> str:
    """Return `text` with every choice made by `seed`: the same on every computer and version (see `SeededRandom`).

    A text without dynamic syntax comes back unchanged.

    Args:
        text: a prompt.
        seed: of the image.
        wildcards: the lines of each wildcard, by name in lower case (`wildcards.collect`).
        salt: another salt makes other choices from the same seed, for the negative prompt.
        spending: shared by all prompts of a job; None: the prompt stands alone.

    Raises:
        PromptRefused: a wildcard that is unknown or empty, options whose weights are all 0, choices nested deeper than
            30, more than 1000 choices, or a result longer than a prompt may be.
    """
    expansion = _Expansion(SeededRandom(seed, salt), wildcards, spending or Spending())
    result = "".join(expansion.of(text, 0))
    _check_length(len(result))
    return result


class _Expansion:
    """Expansion of one prompt."""

    def __init__(self, random: SeededRandom, wildcards: Mapping[str, Sequence[str]], spending: Spending) -> None:
        self._random = random
        self._spending = spending
        self._wildcards = wildcards
        self._choices = 0
        self._length = 0
        self._weighed: dict[str, tuple[list[int], list[str]]] = {}

    def of(self, text: str, depth: int) -> Iterator[str]:
        """Yield the pieces of expanded `text`."""
        if depth > MOST_NESTING:
            raise PromptRefused(
                f"prompt must not nest choices deeper than {MOST_NESTING}; does a wildcard name itself?"
            )
        self._spending.add(characters=len(text))
        for node in _Reader(text, inside=depth > 0).nodes():
            if isinstance(node, str):
                self._length += len(node)
                _check_length(self._length)
                yield node
            else:
                yield from self._chosen(node, depth)

    def _chosen(self, choice: _Choice, depth: int) -> Iterator[str]:
        weights, texts = self._options(choice.options)
        weights, texts = list(weights), list(texts)
        most = min(choice.most, len(texts))
        least = min(choice.least, most)
        count = least + self._random.below(most - least + 1) if most > least else most
        for number in range(count):
            self._choices += 1
            self._spending.add(choices=1)
            if self._choices > MOST_CHOICES:
                raise PromptRefused(f"prompt must make at most {MOST_CHOICES} choices")
            if not any(weights):
                if number:
                    return
                raise PromptRefused("prompt must not have options in { } whose weights are all 0")
            picked = self._random.weighted(weights)
            if number:
                yield choice.separator
            yield from self.of(texts.pop(picked), depth + 1)
            weights.pop(picked)

    def _options(self, options: list[str]) -> tuple[list[int], list[str]]:
        """Return weights and texts of the options; of a single wildcard those of its lines."""
        only = WILDCARD.fullmatch(options[0].strip()) if len(options) == 1 else None
        if only is None:
            return _weighed(options)
        name = only.group(1).lower()
        if name not in self._weighed:
            if not self._wildcards.get(name):
                raise PromptRefused(_unknown(only.group(1), known=name in self._wildcards))
            self._weighed[name] = _weighed(self._wildcards[name])
        return self._weighed[name]


def _unknown(name: str, *, known: bool) -> str:
    what = "has no entries" if known else "is unknown"
    return rf"wildcard {name[:60]} {what}; to keep the underscores as text, write \__{name[:60]}\__"


def _weighed(options: Sequence[str]) -> tuple[list[int], list[str]]:
    weights, texts = [], []
    for option in options:
        stated = _WEIGHT.match(option)
        if stated and (stated.group(1) or stated.group(2)):
            whole, rest = int(stated.group(1) or 0), (stated.group(2) or "").ljust(9, "0")
            weights.append(whole * _UNIT + int(rest))
            texts.append(option[stated.end() :].strip())
        else:
            weights.append(_UNIT)
            texts.append(option.strip())
    return weights, texts


def _check_length(length: int) -> None:
    if length > PROMPT_CHARACTERS:
        raise PromptRefused(f"prompt must be at most {PROMPT_CHARACTERS} characters when expanded")


class _Reader:
    """Parser of the outermost level of a text; the inside of an option is parsed once it is chosen."""

    def __init__(self, text: str, *, inside: bool = False) -> None:
        self._text = text
        self._inside = inside  # of an option, where a literal bar must be escaped; elsewhere `[a\|b]` keeps its escape
        self._marks = list(_MARK.finditer(text))

    def nodes(self) -> Iterator[str | _Choice]:
        """Yield text and choices in reading order."""
        done = number = 0
        while number < len(self._marks):
            mark = self._marks[number]
            last, node = self._node(number)
            if node is not None:
                if done < mark.start():
                    yield self._text[done : mark.start()]
                yield node
                done = self._marks[last].end()
            number = last + 1
        if done < len(self._text):
            yield self._text[done:]

    def _node(self, number: int) -> tuple[int, str | _Choice | None]:
        """Return the number of the last mark that belongs to mark `number`, and the node; None for plain text."""
        mark = self._marks[number]
        word = mark.group()
        if mark.group(1):
            return number, _Choice(1, 1, "", [word])
        if word in ("\\{", "\\}", "\\__") or (word == "\\|" and self._inside):
            return number, word[1:]
        if word == "{" and (choice := self._choice(number)):
            return self._closed_by[number], choice
        return number, None

    def _choice(self, number: int) -> _Choice | None:
        """Return the choice in the braces that mark `number` opens; None where they are text."""
        close = self._closed_by.get(number)
        if close is None:
            return None
        start, end = self._marks[number].end(), self._marks[close].start()
        quantity = _QUANTITY.match(self._text, start, end)
        bars = self._bars(number + 1, close)
        if not bars and quantity is None:
            return None
        least, most, separator = _counts(quantity)
        start = quantity.end() if quantity else start
        starts, ends = [start, *(bar + 1 for bar in bars)], [*bars, end]
        options = [self._text[a:b] for a, b in zip(starts, ends, strict=True)]
        return _Choice(least, most, separator, options)

    def _bars(self, number: int, close: int) -> list[int]:
        """Return the positions of `|` between two marks, outside of inner braces."""
        bars = []
        while number < close:
            if self._marks[number].group() == "|":
                bars.append(self._marks[number].start())
            number = self._closed_by.get(number, number) + 1
        return bars

    @cached_property
    def _closed_by(self) -> dict[int, int]:
        """Return the number of the closing mark of each closed brace."""
        waiting: list[int] = []
        pairs: dict[int, int] = {}
        for number, mark in enumerate(self._marks):
            if mark.group() == "{":
                waiting.append(number)
            elif mark.group() == "}" and waiting:
                pairs[waiting.pop()] = number
        return pairs


def _counts(quantity: re.Match[str] | None) -> tuple[int, int, str]:
    if quantity is None:
        return 1, 1, ""
    low, dash, high = quantity.group(1).partition("-")
    separator = ", " if quantity.group(2) is None else quantity.group(2)
    if not dash:
        return int(low), int(low), separator
    least, most = int(low or 0), int(high or 9999)
    return min(least, most), max(least, most), separator
