"""Differences between texts by words: which words of each text the others do not have."""

import re
from collections.abc import Sequence

# Words, single characters of Chinese and Japanese, and signs; the space between them is never a difference.
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_IDEOGRAPH}]|[^\W{_IDEOGRAPH}]+|[^\w\s]")
# Words of one text times those of the other, between their common beginning and end: about 15 ms of one core.
MOST_CELLS = 100_000

Segment = tuple[str, bool]  # part of a text, and whether it is a difference


def mark_differences(texts: Sequence[str]) -> list[list[Segment]]:
    """Return each text in segments: of the first what another lacks, of the others what the first does not have.

    What is common is the longest common subsequence of words. Texts that differ in more than MOST_CELLS allows are
    marked from the first to the last difference, so that the time is bounded whatever the texts are.
    """
    if not texts:
        return []
    words = [[match.span() for match in _TOKEN.finditer(text)] for text in texts]
    tokens = [[text[start:end] for start, end in spans] for text, spans in zip(texts, words, strict=True)]
    differs = [[False] * len(one) for one in tokens]
    for other in range(1, len(texts)):
        in_first, in_other = _common(tokens[0], tokens[other])
        differs[0] = [was or place not in in_first for place, was in enumerate(differs[0])]
        differs[other] = [place not in in_other for place in range(len(tokens[other]))]
    return [_segments(*one) for one in zip(texts, words, differs, strict=True)]


def _common(one: list[str], other: list[str]) -> tuple[set[int], set[int]]:
    """Return the places of a common subsequence in both lists."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    rest = one[start : len(one) - end], other[start : len(other) - end]
    pairs = _longest(*rest) if len(rest[0]) * len(rest[1]) <= MOST_CELLS else []
    in_one = {*range(start), *range(len(one) - end, len(one)), *(start + place for place, _ in pairs)}
    in_other = {*range(start), *range(len(other) - end, len(other)), *(start + place for _, place in pairs)}
    return in_one, in_other


def _longest(one: list[str], other: list[str]) -> list[tuple[int, int]]:
    """Return the pairs of places of the longest common subsequence, by the table of lengths of all suffixes."""
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row in range(len(one) - 1, -1, -1):
        here, below, word = lengths[row], lengths[row + 1], one[row]
        for column in range(len(other) - 1, -1, -1):
            same = word == other[column]
            here[column] = below[column + 1] + 1 if same else max(below[column], here[column + 1])
    pairs, row, column = [], 0, 0
    while row < len(one) and column < len(other):
        if one[row] == other[column]:
            pairs.append((row, column))
            row, column = row + 1, column + 1
        elif lengths[row + 1][column] >= lengths[row][column + 1]:
            row += 1
        else:
            column += 1
    return pairs


def _segments(text: str, words: list[tuple[int, int]], differs: list[bool]) -> list[Segment]:
    """Return a text in segments; the space between two words that differ belongs to the difference."""
    segments: list[Segment] = []
    done = 0
    place = 0
    while place < len(words):
        if not differs[place]:
            place += 1
            continue
        last = place
        while last + 1 < len(words) and differs[last + 1]:
            last += 1
        start, end = words[place][0], words[last][1]
        segments += [(text[done:start], False), (text[start:end], True)]
        done, place = end, last + 1
    segments.append((text[done:], False))
    return [segment for segment in segments if segment[0]]
