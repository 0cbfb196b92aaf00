r"""Attention syntax: `(words)` weighs more, `[words]` less, `(words:1.3)` 1.3 times.

The syntax is that of AUTOMATIC1111's stable-diffusion-webui ("Attention/emphasis" in its wiki):

- `(x)` weighs x 1.1 times, `[x]` 1/1.1 times, `(x:1.3)` 1.3 times; nested ones multiply.
- `\(`, `\)`, `\[`, `\]`, `\:`, `\|` and `\\` are the characters themselves. A backslash before anything else
  stays (stable-diffusion-webui drops it), so that text without brackets passes through unchanged.
- A bracket that is never closed ends with the text; one that was never opened is text.
- `BREAK` ends a chunk of 75 tokens early.
"""

import re
from typing import NamedTuple

from generation.parameters.prompts.errors import MOST_NESTING, MOST_WEIGHT, PromptRefused, check_weight

_ROUND = 1.1
_SQUARE = 1 / 1.1
_OPENING = ("(", "[")
_CLOSING = {")": ("(", _ROUND), "]": ("[", _SQUARE)}
NUMBER = r"[+-]?(?:[0-9]{1,9}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})"
_TOKEN = re.compile(rf"\\[()\[\]\\:|]|[(\[]|:\s*({NUMBER})\s*\)|[)\]]|[^\\()\[\]:]+|[\\:]")
# White space beside it is stripped apart: \s* here would be quadratic in long runs of it.
_BREAK = re.compile(r"\bBREAK\b")


class Piece(NamedTuple):
    """A piece of a prompt and its attention weight; 1 is neutral."""

    text: str
    weight: float


BREAK = Piece("BREAK", -1.0)


def parse_attention(text: str) -> list[Piece]:
    """Return `text` as pieces in reading order, with `BREAK` between chunks; never empty.

    Neighbours of the same weight are one piece, so text without syntax is one piece of weight 1, unchanged.

    Raises:
        PromptRefused: a weight beyond -100 to 100, or brackets nested deeper than 30.
    """
    pieces = _Pieces()
    for match in _TOKEN.finditer(text):
        found, stated = match.group(), match.group(1)
        closed = False
        if found in _OPENING:
            pieces.open(found)
            continue
        if stated is not None:
            closed = pieces.close("(", float(stated))
        elif found in _CLOSING:
            closed = pieces.close(*_CLOSING[found])
        if not closed:
            escaped = len(found) == 2 and found[0] == "\\"
            pieces.add(found[1]) if escaped else pieces.add_text(found)
    return pieces.finished()


def without_attention(text: str) -> str:
    """Return the words alone, for encoders that support no weights.

    Raises:
        PromptRefused: as `parse_attention`.
    """
    return "".join(" " if piece is BREAK else piece.text for piece in parse_attention(text))


class _Pieces:
    """Builder of pieces; remembers where the open brackets began."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._open: dict[str, list[int]] = {"(": [], "[": []}

    def open(self, bracket: str) -> None:
        self._open[bracket].append(len(self._pieces))
        if sum(map(len, self._open.values())) > MOST_NESTING:
            raise PromptRefused(f"prompt must not nest brackets deeper than {MOST_NESTING}")

    def close(self, bracket: str, factor: float) -> bool:
        """Weigh the pieces since the last open `bracket`; return whether there was one."""
        if not self._open[bracket]:
            return False
        start = self._open[bracket].pop()
        self._pieces[start:] = [
            piece if piece is BREAK else Piece(piece.text, piece.weight * factor) for piece in self._pieces[start:]
        ]
        return True

    def add(self, text: str) -> None:
        self._pieces.append(Piece(text, 1.0))

    def add_text(self, text: str) -> None:
        parts = _BREAK.split(text)
        for number, part in enumerate(parts):
            if number > 0:
                self._pieces.append(BREAK)
                part = part.lstrip()  # noqa: PLW2901
            self.add(part.rstrip() if number < len(parts) - 1 else part)

    def finished(self) -> list[Piece]:
        """Return the pieces with open brackets closed and neighbours of equal weight joined."""
        for bracket, factor in _CLOSING.values():
            while self.close(bracket, factor):
                pass
        joined: list[Piece] = []
        for piece in self._pieces:
            if piece is BREAK:
                joined.append(piece)
            elif piece.text:
                if abs(piece.weight) > MOST_WEIGHT:
                    check_weight(piece.weight, piece.text)
                if joined and joined[-1] is not BREAK and joined[-1].weight == piece.weight:
                    joined[-1] = Piece(joined[-1].text + piece.text, piece.weight)
                else:
                    joined.append(piece)
        return joined or [Piece("", 1.0)]
