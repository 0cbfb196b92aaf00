"""Reading of odd files: JSON, names of files for people, and one plain sentence for each error."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generation.errors import GenerationError

_LONGEST_LINE = 200
# A path from the root, or from a drive, without its last part; addresses such as https://host/name are none.
_FOLDERS = re.compile(r"(?<![\w/\\:.-])(?:[A-Za-z]:)?[/\\](?:[^\s/\\'\"<>|]+[/\\])+")
# What damaged contents raise; anything else is a fault of the program.
_DAMAGE = (KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError)


def parse_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is no JSON, or nested deeper than Python can read.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def shown(path: Path | str) -> str:
    """Return the name of a file for people: its last part alone, in one line, at most 120 characters.

    Names of files may hold line breaks, control characters and bytes that are no UTF-8; these become "?".
    """
    return one_line(Path(path).name[:120])


def one_line(text: object) -> str:
    """Return a text with every character that is not printable replaced by "?"."""
    return "".join(one if one.isprintable() else "?" for one in str(text))


def first_line(error: BaseException, *private: Path | str) -> str:
    """Return the first line of a library's error, at most 200 characters, without folders of this machine.

    `private` are locations that may hold spaces; elsewhere a path ends at the first one.
    """
    text = (str(error).strip().splitlines() or [""])[0][: 10 * _LONGEST_LINE]
    for location in sorted(map(str, private), key=len, reverse=True):
        text = text.replace(location, shown(location)) if len(location) > 1 else text
    text = _FOLDERS.sub("", text).strip()[:_LONGEST_LINE]
    # The message of a KeyError is the key alone.
    return f"{type(error).__name__}: {text}" if isinstance(error, KeyError) or not text else text


@contextmanager
def inspection_errors(path: Path, kind: str) -> Iterator[None]:
    """Turn what damaged contents of `path` raise into a `GenerationError` that names the file.

    Args:
        path: of the file or folder that is inspected.
        kind: "checkpoint" or "adapter", the first word of the code.

    Raises:
        GenerationError: `<kind>_missing`, it cannot be read; `<kind>_invalid`, its contents make no sense.
    """
    try:
        yield
    except GenerationError as error:
        raise GenerationError(re.sub("^(checkpoint|adapter)_", f"{kind}_", error.code), error.message) from error
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise GenerationError(f"{kind}_missing", f"{shown(path)} cannot be read: {why}.") from error
    except _DAMAGE as error:
        raise GenerationError(
            f"{kind}_invalid", f"{shown(path)} cannot be understood ({first_line(error, path)}); fetch it again."
        ) from error
