"""Patterns of rules for prompts: lists of words, and regular expressions that take linear time.

Both are compiled by RE2, which never backtracks; docs/decisions/ says why.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 500  # characters
MOST_PROGRAM = 4000  # instructions of a compiled expression: the time for a character grows with them
_MEMORY = 4 * 2**20  # bytes that one pattern may take while it is searched for
_MEMORY_OF_SCREEN = 4 * _MEMORY
# Scripts that write words without spaces: Han, kana, Hangul, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_BEFORE, _AFTER = r"(?:^|[^\pL\pN_])", r"(?:$|[^\pL\pN_])"
_SYNTAX = re.compile(r":[+-]?[0-9.]+(?=[)\]])|[()\[\]{}\\]")  # of attention and prompt editing
MASK = "\x01"  # stands for a passage that an allow rule has taken out of the text


class PatternRefused(ValueError):
    """A pattern cannot be used; the message is a sentence for people."""


def normalize(text: str) -> str:
    """Return `text` as patterns see it: NFKC, without invisible characters, one space between words."""
    normal = unicodedata.normalize("NFKC", text)
    return " ".join("".join(one for one in normal if unicodedata.category(one) != "Cf").split())


def read_prompt(text: str) -> Iterator[str]:
    """Yield the lines of a prompt that patterns search: as written, and without brackets and weights if it has any."""
    line = normalize(text)
    yield line
    plain = " ".join(_SYNTAX.sub("", line).split())
    if plain != line:
        yield plain


def split_words(words: str) -> list[str]:
    """Return the words and phrases of a list that commas or line breaks separate, each once."""
    found = (normalize(part) for part in re.split(r"[,\n]", words))
    return list(dict.fromkeys(part.lower() for part in found if part))


def compile_words(words: str) -> Any:
    """Return the pattern of a list of words, each matched as a whole and in any case.

    Raises:
        PatternRefused: it is empty or too long.
    """
    parts = split_words(words)
    if not parts:
        raise PatternRefused("words must have at least one word")
    return _compile(_source_of_words(parts), words, "words")


def _source_of_words(parts: Iterable[str]) -> str:
    groups: dict[tuple[str, str], list[str]] = {}
    for part in parts:  # one boundary for many words: RE2 needs thousands of instructions for all letters there are
        groups.setdefault(_boundaries(part), []).append(r"\s+".join(re2.escape(word) for word in part.split()))
    return "|".join(f"{before}({'|'.join(inner)}){after}" for (before, after), inner in groups.items())


@lru_cache(maxsize=20)
def compile_screen(lists: tuple[str, ...], expressions: tuple[str, ...]) -> Any:
    """Return a pattern that is found in a text exactly where one of many is; None where RE2 takes them only singly.

    A pattern that needs more memory than RE2 may take while it is searched for is found all the same, only slower.
    """
    if any(r"\Q" in one for one in expressions):  # quotes all that follows, to the end of the pattern
        return None
    parts = dict.fromkeys(part for words in lists for part in split_words(words))
    sources = [_source_of_words(parts)] if parts else []
    try:
        return _compiled("|".join([*sources, *(f"(?:{one})" for one in expressions)]), _MEMORY_OF_SCREEN)
    except re2.error:
        return None


def compile_expression(expression: str) -> Any:
    """Return the pattern of a regular expression in RE2's syntax, matched in any case.

    Raises:
        PatternRefused: it is empty or too long, no expression, or one that would take too long.
    """
    if not expression.strip():
        raise PatternRefused("expression must not be empty")
    pattern = _compile(expression, expression, "expression")
    if pattern.programsize > MOST_PROGRAM:
        raise PatternRefused("expression would take too long to look for: use fewer or shorter repetitions")
    if pattern.search("") is not None:
        raise PatternRefused("expression must not match an empty text: it would match every prompt")
    return pattern


def find_span(hit: Any, *, words: bool) -> tuple[int, int]:
    """Return where a match begins and ends; of words without the characters around them."""
    number = next(n for n, text in enumerate(hit.groups(), start=1) if text is not None) if words else 0
    span: tuple[int, int] = hit.span(number)
    return span


def mask(pattern: Any, text: str, *, words: bool) -> str:
    """Return `text` with MASK in place of each match."""
    for _ in range(2):  # twice, because neighbours share the character between them
        parts, at = [], 0
        for hit in pattern.finditer(text):
            start, end = find_span(hit, words=words)
            parts += [text[at:start], MASK]
            at = end
        text = "".join(parts) + text[at:]
    return text


def _boundaries(part: str) -> tuple[str, str]:
    """Return what must be around a word; an end in a script without spaces, or in a sign, needs no boundary."""
    needed = [one.isalnum() and not _UNSPACED.match(one) for one in (part[0], part[-1])]
    return (_BEFORE if needed[0] else "", _AFTER if needed[1] else "")


def _compile(source: str, written: str, name: str) -> Any:
    if len(written) > LONGEST_PATTERN:
        raise PatternRefused(f"{name} must be at most {LONGEST_PATTERN} characters; got {len(written)}")
    try:
        pattern = _compiled(source)
    except re2.error as error:
        raise PatternRefused(f"{name} cannot be used: {_reason(error)}") from error
    return pattern


@lru_cache(maxsize=500)
def _compiled(source: str, memory: int = _MEMORY) -> Any:
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, memory
    return re2.compile(source, options)


def _reason(error: Exception) -> str:
    """Return what RE2 says of a pattern, in a sentence where it is a thing that other engines allow."""
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    if "perl operator" in text or "escape sequence" in text:
        return f"look-ahead, look-behind and back-references are not supported ({text})"
    if "pattern too large" in text or "repetition size" in text:
        return f"it would take too long to look for: use fewer or shorter repetitions ({text})"
    return text
