"""Wildcards: `__name__` in a prompt stands for a line of the wildcard file of that name."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

# Names of letters, digits, dots and hyphens, with single underscores and slashes between.
_PART = r"[^\W_](?:[^\W_]|[.\-])*(?:_(?:[^\W_]|[.\-])+)*"
NAME = re.compile(rf"{_PART}(?:/{_PART})*")
WILDCARD = re.compile(rf"__({NAME.pattern})__")
_SKIPPED_OR_FOUND = re.compile(rf"\\\\|\\__|{WILDCARD.pattern}")
_MOST_NAMES = 500


def names_in(text: str) -> list[str]:
    """Return the names of the wildcards in `text`, in lower case, each once."""
    found = (match.group(1) for match in _SKIPPED_OR_FOUND.finditer(text))
    return list(dict.fromkeys(name.lower() for name in found if name))


def parse_lines(file: str) -> list[str]:
    """Return the entries of a wildcard file: one a line, without empty lines and comments (`# ...`)."""
    stripped = (line.strip() for line in file.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def collect(texts: Sequence[str], read: Callable[[list[str]], Mapping[str, Sequence[str]]]) -> dict[str, Sequence[str]]:
    """Return the lines of every wildcard that `texts` name, and of those that these lines name in turn.

    Args:
        texts: prompts.
        read: takes names, returns the lines of those that exist; called once for each level of nesting.
    """
    found: dict[str, Sequence[str]] = {}
    requested: set[str] = set()
    wanted = list(_all_names(texts))
    while wanted and len(requested) < _MOST_NAMES:
        requested.update(wanted)
        level = read(wanted)
        found.update(level)
        named = _all_names(line for lines in level.values() for line in lines if "__" in line)
        wanted = [name for name in named if name not in requested]
    return found


def _all_names(texts: Sequence[str] | Iterator[str]) -> list[str]:
    return list(dict.fromkeys(name for text in texts for name in names_in(text)))
