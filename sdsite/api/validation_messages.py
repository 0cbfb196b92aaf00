"""Error messages for pydantic's validation errors, with field names and allowed ranges."""

from collections.abc import Callable, Sequence
from typing import Any

from generation.api.contact_sheets import MOST_COLUMNS, SIDES
from generation.api.job_request import JobRequest
from generation.parameters.ranges import RANGES, Range
from generation.realtime.waiting import MOST_SECONDS
from sdsite.api.field_aliases import ALTERNATIVES, FOREIGN_NAMES
from sdsite.core import pagination

MOST_FIELDS = 20  # a body with 100,000 unknown names must not be answered with 100,000 messages
LONGEST_NAME = 60
BODY = "body"

ALL_RANGES: dict[str, Range] = {
    **RANGES,
    "wait": Range(0, MOST_SECONDS),
    "limit": Range(1, pagination.MOST_ITEMS),
    "cell": Range(*SIDES),
    "columns": Range(1, MOST_COLUMNS),
}

Problem = dict[str, Any]
Message = str | Callable[[str, Problem], str]


def _bound(problem: Problem) -> str:
    bounds = problem.get("ctx", {})
    return f"{bounds['ge']} or more" if "ge" in bounds else f"{bounds['le']} or less" if "le" in bounds else ""


def _number(kind: str) -> Message:
    def sentence(name: str, problem: Problem) -> str:
        allowed = ALL_RANGES.get(name) or _bound(problem)
        return f"{name} must be {kind}{f', {allowed}' if allowed else ''}"

    return sentence


def _unknown(name: str, problem: Problem) -> str:
    if ours := FOREIGN_NAMES.get(name):
        return f"{name} is not known here; its name is {ours}"
    if instead := ALTERNATIVES.get(name):
        return f"{name} is not known here; {instead}"
    return f"{name} is not known; the names are {', '.join(JobRequest.model_fields)}"


def _object(name: str, problem: Problem) -> str:
    return f"{'the body' if name == BODY else name} must be a JSON object"


def _missing(name: str, problem: Problem) -> str:
    return _object(name, problem) if name == BODY else f"{name} is required"


_whole = _number("a whole number")
_any_number = _number("a number")

# pydantic's error type -> message: a template of the field's name and the error's context, or a function.
MESSAGES: dict[str, Message] = {
    "int_type": _whole,
    "int_parsing": _whole,
    "int_parsing_size": _whole,
    "int_from_float": _whole,
    "finite_number": _whole,
    "float_type": _any_number,
    "float_parsing": _any_number,
    "greater_than_equal": _any_number,
    "less_than_equal": _any_number,
    "string_type": "{name} must be text",
    "string_unicode": "{name} must be valid Unicode text",
    "string_too_long": "{name} must be at most {max_length} characters",
    "literal_error": "{name} must be {expected}",
    "uuid_parsing": "{name} must be a UUID",
    "missing": _missing,
    "model_type": _object,
    "model_attributes_type": _object,
    "dict_type": _object,
    "extra_forbidden": _unknown,
    "value_error": "{error}",
}
ANY_OTHER = "{name}: {msg}"


def field_name(loc: Sequence[str | int]) -> str:
    """Return the dotted field name for pydantic's location: ("body", "body", "preview", "every") is "preview.every".

    Query parameters that a schema gathers have the name of the view's argument before their own, which says nothing.
    """
    is_gathered = loc[0] == "query" and len(loc) > 2 and isinstance(loc[2], str)
    parts = loc[2:] if loc[0] == "body" or is_gathered else loc[1:]
    return ".".join(str(part) for part in parts)[:LONGEST_NAME] or BODY


def build_field_messages(problems: Sequence[Problem]) -> dict[str, str]:
    """Return one message for each invalid field, for the first MOST_FIELDS of them."""
    fields: dict[str, str] = {}
    for problem in problems:
        name = field_name(problem["loc"])
        if name not in fields and len(fields) < MOST_FIELDS:
            sentence = MESSAGES.get(problem["type"], ANY_OTHER)
            words = {**problem.get("ctx", {}), "name": name, "msg": problem["msg"]}
            fields[name] = sentence.format(**words) if isinstance(sentence, str) else sentence(name, problem)
    return fields
