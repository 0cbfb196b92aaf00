"""JSON of request bodies, bounded so that reading and validating it takes a fraction of a second.

Images in a body are single long strings and cheap to read. What costs time are many values, names and texts: a body of
4 MB may hold 300,000 unknown names, each of which would become an error of its own.
"""

import json
import re
from typing import Any

from django.core.exceptions import RequestDataTooBig

MOST_SEPARATORS = 100_000  # commas and opening brackets of the whole body, those in texts included
MOST_VALUES = 20_000  # numbers, texts, names, lists and objects
MOST_NAMES = 2_000  # of one object; each unknown one becomes an error
MOST_CHARACTERS = 2**20  # of names and texts other than images
LONGEST_PLAIN = 2**16  # characters of a text that is no image whatever it begins with
_IMAGE = re.compile(r"data:|[A-Za-z0-9+/=_-]{256}")  # a data: URL or bare base64


class BodyTooLarge(RequestDataTooBig):
    """A body with more in it than any request needs; the message is for people."""


def load(body: bytes, *, most_names: int = MOST_NAMES) -> Any:
    """Return the JSON value of `body`; `most_names` is what one object in it may have.

    Raises:
        BodyTooLarge: more than MOST_VALUES or `most_names`, or more than MOST_CHARACTERS beside its images.
        ValueError, RecursionError: as `json.loads`.
    """
    if len(body) > MOST_SEPARATORS and sum(body.count(sign) for sign in (b",", b"[", b"{")) > MOST_SEPARATORS:
        raise _too_many()
    value = json.loads(body)
    if len(body) > MOST_NAMES:  # a shorter one cannot hold as many
        check_extent(value, most_names=most_names)
    return value


def check_extent(value: Any, *, most_names: int = MOST_NAMES) -> None:
    """Check how much a parsed value holds.

    Raises:
        BodyTooLarge: more than MOST_VALUES or `most_names`, or more than MOST_CHARACTERS beside its images.
    """
    count = characters = 0
    level = [value]
    while level:
        count += len(level)
        inside: list[Any] = []
        for one in level:
            if isinstance(one, str):
                characters += _plain_characters(one)
            elif isinstance(one, dict):
                if len(one) > most_names:
                    raise BodyTooLarge(f"An object in the body must have at most {most_names} names.")
                count += len(one)
                characters += sum(map(len, one))
                inside += one.values()
            elif isinstance(one, list):
                inside += one
            if count + len(inside) > MOST_VALUES:
                raise _too_many()
        level = inside
    if characters > MOST_CHARACTERS:
        raise BodyTooLarge(f"The body must have at most {MOST_CHARACTERS // 1000} kB beside its images.")


def _plain_characters(text: str) -> int:
    return 0 if len(text) > LONGEST_PLAIN and _IMAGE.match(text) else len(text)


def _too_many() -> BodyTooLarge:
    return BodyTooLarge(f"The body must have at most {MOST_VALUES} values and names.")
