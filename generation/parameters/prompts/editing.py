r"""Prompts that change during the steps: prompt editing `[cat:dog:0.5]` and alternation `[cat|dog]`.

Syntax and counting are those of stable-diffusion-webui ("Prompt editing" and "Alternating words" in its wiki):

- `[from:to:when]` is `from` up to and including step `when`, then `to`; `[to:when]` adds, `[from::when]` removes.
- `when` with a point is a share of the steps (0.5: half of them), without one the number of a step.
- `[a|b|c]` is a at step 1, b at step 2, c at step 3, a again at step 4.
- Both nest in one another and in brackets. `\[`, `\|` and `\:` are characters; incomplete syntax is text.

In a second pass (hires fix) shares from 1 to 2 and steps beyond those of the first pass apply; the changes of the first
pass have happened.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from generation.parameters.prompts.errors import MOST_NESTING, PromptRefused

MOST_CHARACTERS = 400_000  # of all versions of a prompt: each is parsed and encoded
_WHEN = re.compile(r"\s*([+-]?(?:[0-9]{1,6}(?:\.[0-9]{0,12})?|\.[0-9]{1,12}))\s*\Z")
_MARK = re.compile(r"\\.|[()\[\]|:]", re.DOTALL)


class Span(NamedTuple):
    """A text, and the last step (from 1) at which it holds."""

    end_step: int
    text: str


@dataclass(frozen=True)
class _Edit:
    before: "_Nodes"
    after: "_Nodes"
    when: str


@dataclass(frozen=True)
class _Alternation:
    options: "tuple[_Nodes, ...]"


_Nodes = tuple["str | _Edit | _Alternation", ...]


def schedule(text: str, steps: int, *, after: int = 0) -> list[Span]:
    """Return the prompt at each of `steps` steps (1 or more), as spans in order; the last ends at `steps`.

    Equal neighbours are one span: a text without syntax is one span, unchanged.

    Args:
        text: one prompt, with its attention syntax.
        steps: of this pass.
        after: steps of the first pass in a second one, else 0.

    Raises:
        PromptRefused: edits and alternations are nested deeper than 30, or all versions have over MOST_CHARACTERS.
    """
    nodes = _Reader(text).nodes(0, len(text))
    if all(isinstance(node, str) for node in nodes):
        return [Span(steps, text)]
    spans: list[Span] = []
    read = 0
    changes = sorted({1, *_changes(nodes, steps, after)})
    for step, following in zip(changes, [*changes[1:], steps + 1], strict=True):
        current = "".join(_at(nodes, step, steps, after))
        read += len(text)  # what was left out took its time as well
        if read > MOST_CHARACTERS:
            raise PromptRefused(
                f"prompt must have at most {MOST_CHARACTERS} characters in all versions that editing and alternation "
                "make of it; shorten it, or let it change less often"
            )
        if spans and spans[-1].text == current:
            spans[-1] = Span(following - 1, current)
        else:
            spans.append(Span(following - 1, current))
    return spans


def _changes(nodes: _Nodes, steps: int, after: int) -> Iterator[int]:
    """Yield the steps from which the text may be another one."""
    for node in nodes:
        if isinstance(node, _Edit):
            if (last := _last_before(node.when, steps, after)) < steps:
                yield last + 1
            yield from _changes((*node.before, *node.after), steps, after)
        elif isinstance(node, _Alternation):
            yield from range(1, steps + 1)
            return


def _at(nodes: _Nodes, step: int, steps: int, after: int) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, _Edit):
            early = step <= _last_before(node.when, steps, after)
            yield from _at(node.before if early else node.after, step, steps, after)
        else:
            yield from _at(node.options[(step - 1) % len(node.options)], step, steps, after)


def _last_before(when: str, steps: int, after: int) -> int:
    """Return the last step before an edit at `when`; 0: it applies from the first step."""
    value = float(when)
    step = (value - (1 if after else 0)) * steps if "." in when else value - after
    return min(steps, int(step)) if step >= 1 else 0


class _Reader:
    """Parser of one prompt. Brackets are matched once; an unmatched bracket is text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._marks = list(_MARK.finditer(text))
        self._starts = [match.start() for match in self._marks]
        self._closed_by = self._matching()

    def nodes(self, start: int, end: int, depth: int = 0) -> _Nodes:
        """Return the nodes from `start` to before `end`."""
        if depth > MOST_NESTING:
            raise PromptRefused(f"prompt must not nest brackets deeper than {MOST_NESTING}")
        found: list[str | _Edit | _Alternation] = []
        done = start
        number = self._first_mark(start)
        while number < len(self._marks) and self._marks[number].start() < end:
            opens = self._marks[number].start()
            number += 1
            closes = self._closed_by.get(opens)
            if closes is None or self._text[opens] != "[":
                continue
            node = self._changing(opens + 1, closes, depth)
            if node is not None:
                found += [self._text[done:opens], node]
                done = closes + 1
                number = self._first_mark(done)
        return (*found, self._text[done:end])

    def _changing(self, start: int, end: int, depth: int) -> _Edit | _Alternation | None:
        """Return the edit or alternation in the brackets around `start` to `end`; None where they are neither."""
        cuts = list(self._cuts(start, end))
        colons = [at for at in cuts if self._text[at] == ":"]
        bars = [at for at in cuts if self._text[at] == "|"]
        if 1 <= len(colons) <= 2 and not bars and (when := _WHEN.match(self._text[colons[-1] + 1 : end])):
            before = self.nodes(start, colons[0], depth + 1) if len(colons) == 2 else ()
            opens = colons[0] + 1 if len(colons) == 2 else start
            return _Edit(before, self.nodes(opens, colons[-1], depth + 1), when.group(1))
        if bars:
            starts, ends = [start, *(at + 1 for at in bars)], [*bars, end]
            return _Alternation(tuple(self.nodes(a, b, depth + 1) for a, b in zip(starts, ends, strict=True)))
        return None

    def _cuts(self, start: int, end: int) -> Iterator[int]:
        """Yield the positions of `:` and `|` between `start` and `end`, outside of inner brackets."""
        number = self._first_mark(start)
        while number < len(self._marks) and (at := self._marks[number].start()) < end:
            number += 1
            if at in self._closed_by:
                number = self._first_mark(self._closed_by[at]) + 1
            elif self._marks[number - 1].group() in (":", "|"):
                yield at

    def _first_mark(self, start: int) -> int:
        """Return the number of the first mark at or after `start`."""
        return bisect_left(self._starts, start)

    def _matching(self) -> dict[int, int]:
        """Return the closing position of each closed bracket; a `]` also ends a `(` that is still open."""
        waiting: list[int] = []
        squares = 0
        pairs: dict[int, int] = {}
        for match in self._marks:
            mark, at = match.group(), match.start()
            if mark in ("(", "["):
                waiting.append(at)
                squares += mark == "["
            elif mark == ")" and waiting and self._text[waiting[-1]] == "(":
                pairs[waiting.pop()] = at
            elif mark == "]" and squares:
                while self._text[waiting[-1]] != "[":
                    waiting.pop()
                pairs[waiting.pop()] = at
                squares -= 1
        return pairs
