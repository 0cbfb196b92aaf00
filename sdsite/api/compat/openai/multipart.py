"""Parser of the multipart forms in which OpenAI's clients send images: all values are text, nested ones have brackets.

`loras[][name]=a&loras[][name]=b` is `{"loras": [{"name": "a"}, {"name": "b"}]}`; a value may be JSON as well.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, QueryDict

from gallery.actions.uploads import most_bytes
from generation.errors import JobRefused
from sdsite.api.errors import ApiError

TEXTS = ("prompt", "negative_prompt")  # never parsed as JSON
_NAME = re.compile(r"(\w+)((?:\[\w*\])*)")
_BRACKETS = re.compile(r"\[(\w*)\]")
_NUMBER = re.compile(r"\[\d*\]$")

Files = dict[str, bytes]


def read_form(request: HttpRequest) -> tuple[dict[str, Any], Files]:
    """Return the values and the files of a form, by name; `image[]` is `image`.

    Raises:
        ApiError: `unsupported_media_type`, it is no form.
        JobRefused: `invalid_parameters`, a file is too large, or there are several of one name: using only one of
            them would generate another image than the one that was asked for.
    """
    if request.content_type != "multipart/form-data":
        raise ApiError(
            "unsupported_media_type", "Send a form (Content-Type: multipart/form-data) or JSON (application/json)."
        )
    named: dict[str, list[Any]] = {}
    for name, found in request.FILES.lists():
        named.setdefault(_NUMBER.sub("", name), []).extend(found)
    return read_values(request.POST), {field: _bytes(field, found) for field, found in named.items()}


def read_values(form: QueryDict) -> dict[str, Any]:
    """Return the values of a form, nested as their brackets say; empty values count as left out."""
    values: dict[str, Any] = {}
    for key, found in form.lists():
        listed = [_value(key, str(one)) for one in found if one != ""]
        name, inside = _parts(key)
        if listed:
            values[name] = _nested(values.get(name), inside, listed)
    return values


def _bytes(field: str, found: list[Any]) -> bytes:
    if len(found) > 1:
        message = f"{field} must be one image at most: several are not combined here; got {len(found)}"
        raise JobRefused("invalid_parameters", message, fields={field: message})
    file = found[0]
    if file.size > most_bytes():
        message = f"{field} must be at most {most_bytes() / 1e6:.0f} MB as a file; it has {file.size / 1e6:.1f} MB"
        raise JobRefused("invalid_parameters", message, fields={field: message})
    data: bytes = file.read()
    return data


def _parts(key: str) -> tuple[str, list[str]]:
    found = _NAME.fullmatch(key)
    return (found[1], _BRACKETS.findall(found[2])) if found else (key, [])


def _value(key: str, text: str) -> Any:
    if key in TEXTS or text[:1] not in "[{":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _nested(there: Any, inside: list[str], listed: list[Any]) -> Any:
    """Return the value that is `there` with the values of one more key put in."""
    match inside:
        case []:
            return listed[-1]
        case [""]:
            return listed
        case ["", inner]:
            return _with_column(there, inner, listed)
        case [inner, *deeper]:
            before = there if isinstance(there, dict) else {}
            return {**before, inner: _nested(before.get(inner), deeper, listed)}
    return listed


def _with_column(there: Any, inner: str, listed: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the objects of a list, each with its value of the field `inner`."""
    rows = list(there) if isinstance(there, list) and all(isinstance(row, dict) for row in there) else []
    for number, value in enumerate(listed):
        if number == len(rows):
            rows.append({})
        rows[number] = {**rows[number], inner: value}
    return rows
