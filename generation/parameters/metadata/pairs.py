"""Scanner of "Key: value" pairs, which goes on at the next clean pair behind whatever it cannot read.

Every step moves on by what it looked at, so the time is linear in the text's length.
"""

import json
import re
from dataclasses import dataclass, field

from generation.parameters.metadata.known_keys import KNOWN_KEY, is_known

MOST_PAIRS = 1000  # of one text; what stands behind them is listed as skipped
_LONGEST_JSON = 50_000  # characters of a value in brackets
# A key begins with a letter or a digit; brackets may be in it ("Colour tool [1.0.1]"), quotes and braces not.
_KEY = r'(\w[^,:"{}<>=\n]{0,79}+):(?!//)'
_PAIR = re.compile(rf"[^\S\n]*+{_KEY}[^\S\n]*+")
_NEXT = re.compile(rf"[,\n](?=[^\S\n]*+{_KEY})")
_SEPARATOR = re.compile(r"[,\n]")
_DECIMALS = re.compile(r",\d+(?=[^\S\n]*+(?:[,\n]|$))")  # of a number with a decimal comma: "7,5"
_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_AFTER = re.compile(r"[^\S\n]*+(?=[,\n]|$)")
_BRACKETS = re.compile(r'[\[({]|[\])}]|,[^\S\n]*+\w[\w +\-]{0,79}+:|"(?:[^"\\\n]|\\.)*+"|\n')
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_LINES = frozenset({"template", "negative template", "wildcard prompt", "wildcard negative prompt"})


@dataclass
class Pairs:
    """What a settings text holds: the first value of each key, and the pieces that are no pairs."""

    values: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def scan(text: str) -> Pairs:
    """Return the pairs of a settings text, separated by commas, line breaks or just a known key.

    A value is quoted text, something in balanced brackets, or the text before the next separator; of a key that is not
    known it goes on over pieces that are no pairs. Keys are as written, without spaces around.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs = Pairs()
        self.count = 0
        self.doubtful: dict[str, str] = {}  # pairs between an opening quote and the next closing one
        self.doubt_until = 0
        self.separator = -1  # the first separator at or after the place that was asked for last

    def scan(self) -> Pairs:
        at, last = 0, ""
        while at < len(self.text):
            pair = _PAIR.match(self.text, at) if self.count < MOST_PAIRS else None
            if pair is None:
                at = self._skip(at, last)
                continue
            self.count += 1
            name = pair[1].strip()
            value, end = self._value(name, pair.end())
            target = self.doubtful if at < self.doubt_until else self.pairs.values
            behind = self.text[end : end + 1]
            goes_on = behind == "," and target is self.pairs.values and name not in target and not is_known(name)
            last = name if goes_on else ""
            if target.setdefault(name, value) != value:
                self.pairs.skipped.append(f"{name}: {value}")  # the first one counts
            at = end + 1 if behind in (",", "\n") else end
        self.pairs.values = {**self.doubtful, **self.pairs.values}
        return self.pairs

    def _skip(self, at: int, last: str) -> int:
        """List what stands before the next pair, or add it to the value of `last` on the same line."""
        if self.count >= MOST_PAIRS:
            end, last = len(self.text), ""
        else:
            found = _NEXT.search(self.text, at)
            end = found.start() if found else len(self.text)
        piece = self.text[at:end]
        first, _, rest = piece.partition("\n")
        if last and first.strip():
            self.pairs.values[last] += f",{first}".rstrip()
            piece = rest
        self.pairs.skipped += [line.strip(" \t,") for line in piece.split("\n") if line.strip(" \t\r,")][:MOST_PAIRS]
        return end + 1

    def _value(self, name: str, at: int) -> tuple[str, int]:
        """Return the value that starts at `at`, and the position behind it."""
        if name.casefold() in _LINES:
            end = self.text.find("\n", at)
            end = len(self.text) if end < 0 else end
            return self.text[at:end].strip(), end
        sign = self.text[at : at + 1]
        if sign == '"' and (end := self._quoted(at)):
            return _unquote(self.text[at:end]), self._behind(end)
        if sign in _CLOSING and (end := self._json(at) or self._bracketed(at)):
            return self.text[at:end], self._behind(end)
        return self._plain(at)

    def _behind(self, end: int) -> int:
        after = _AFTER.match(self.text, end)
        return after.end() if after else end

    def _quoted(self, at: int) -> int:
        """Return the end of the quoted text at `at`; 0 where another opening quote comes before its closing one."""
        for quote in _QUOTE.finditer(self.text, at + 1):
            if quote[0] != '"':
                continue
            if _AFTER.match(self.text, quote.end()):
                return quote.end()
            if self.text[max(at + 1, quote.start() - 2) : quote.start()].rstrip().endswith(":"):
                self._doubt(quote.start())
                return 0
        return 0

    def _doubt(self, at: int) -> None:
        """Let pairs count less up to the next closing quote: they may be parts of a quoted value."""
        if at < self.doubt_until:
            return
        closing = (quote.end() for quote in _QUOTE.finditer(self.text, at + 1) if quote[0] == '"')
        self.doubt_until = next((end for end in closing if _AFTER.match(self.text, end)), len(self.text))

    def _json(self, at: int) -> int:
        try:
            # A slice: an error counts the lines before it, which would take seconds for a line full of brackets.
            _, length = json.JSONDecoder().raw_decode(self.text[at : at + _LONGEST_JSON])
        except (ValueError, RecursionError):
            return 0
        return at + length if _AFTER.match(self.text, at + length) else 0

    def _bracketed(self, at: int) -> int:
        """Return the end of the balanced brackets at `at`; 0 where a line ends or a pair begins inside of them."""
        awaited: list[str] = []
        for token in _BRACKETS.finditer(self.text, at, at + _LONGEST_JSON):
            sign = token[0]
            if sign in _CLOSING:
                awaited.append(_CLOSING[sign])
            elif sign[0] == "," or sign == "\n":
                return 0
            elif sign[0] != '"':
                if sign != awaited.pop():
                    return 0
                if not awaited:
                    return token.end() if _AFTER.match(self.text, token.end()) else 0
        return 0

    def _plain(self, at: int) -> tuple[str, int]:
        """Return the text before the next separator, or before a known key that no separator precedes."""
        if self.separator < at:
            found = _SEPARATOR.search(self.text, at)
            self.separator = found.start() if found else len(self.text)
        end = self.separator
        if key := KNOWN_KEY.search(self.text, at, end):
            return self.text[at : key.start()].strip(" \t\r|;"), key.start()
        value = self.text[at:end].strip()
        decimals = _DECIMALS.match(self.text, end)
        if decimals and value.lstrip("+-").isdigit():
            return value + decimals[0], decimals.end()
        return value, end


def _unquote(value: str) -> str:
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1]
