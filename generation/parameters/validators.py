"""Checks that every schema here shares: ranges by one table, and text that a row, a file and a font can hold."""

import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES

# References to pictures: a data: URL carries the picture itself, so its length is the site's business at submit.
PICTURES = frozenset({"init_image", "mask_image", "controls.image", "ip_adapter.image"})
_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}")
LONGEST_NAME = 200  # of anything that the site keeps


class FieldRefused(ValueError):
    """A value that the schema allows but the checkpoint or the site does not; carries the field's name."""

    def __init__(self, field: str, message: str) -> None:
        """Keep `field` (a GenerationParameters name, dotted where it is nested) beside the sentence for people."""
        super().__init__(message)
        self.field = field


def check_text(name: str, value: str) -> str:
    """Return `value`; refuse what no database column, file or font can hold, and what is too long.

    Raises:
        ValueError: with a sentence that names `name`.
    """
    if len(value) > PROMPT_CHARACTERS:
        raise ValueError(f"{name} must be at most {PROMPT_CHARACTERS} characters; got {len(value)}")
    if "\x00" in value:
        raise ValueError(f"{name} must not contain NUL characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{name} must not contain unpaired surrogates")
    return value


def check_range(name: str, value: float) -> float:
    """Return `value`; refuse what lies outside of `RANGES[name]`, and NaN.

    Raises:
        ValueError: with a sentence that names `name` and the range.
    """
    allowed = RANGES[name]
    if not allowed.allows(value):
        raise ValueError(f"{name} must be {allowed}; got {_shown(value)}")
    return value


def _shown(number: float) -> str:
    try:
        return f"{number:g}"
    except OverflowError:  # a whole number of hundreds of digits
        return "a number of very many digits"


def check_slug(name: str, value: str) -> str:
    """Return `value`; refuse what cannot be the name of anything the site keeps.

    Raises:
        ValueError: with a sentence that names `name`.
    """
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{name} must be a name of letters, digits, dots, hyphens and underscores; got {value!r:.60}")
    return value


def may_be_a_name(text: str) -> bool:
    """Tell whether anything that the site keeps may be called `text`.

    No database looks for NUL characters and unpaired surrogates, and some stumble over very long texts.
    """
    return len(text) <= LONGEST_NAME and not any(one == "\x00" or "\ud800" <= one <= "\udfff" for one in text)


class Checked(BaseModel):
    """A part of a wish: frozen, without unknown names, every number within `limits.RANGES`.

    `PREFIX` stands before a field's name in that table and in every message: "hires." for what is inside of hires.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    PREFIX: ClassVar[str] = ""

    @field_validator("*")
    @classmethod
    def _in_range(cls, value: Any, info: ValidationInfo) -> Any:
        name = f"{cls.PREFIX}{info.field_name}"
        if name in RANGES and value is not None and not isinstance(value, str | bool):
            return check_range(name, value)
        return check_text(name, value) if isinstance(value, str) and name not in PICTURES else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON schema with the ranges of the table, for those who read it instead of our sentences."""
        schema = handler(core)
        for field, said in handler.resolve_ref_schema(schema).get("properties", {}).items():
            allowed = RANGES.get(f"{cls.PREFIX}{field}")
            for one in said.get("anyOf", [said]) if allowed else ():
                if allowed and one.get("type") in ("integer", "number"):
                    one.update(minimum=allowed.least, maximum=allowed.most)
                    one.update({"multipleOf": allowed.multiple_of} if allowed.multiple_of else {})
        return schema

    def with_changes(self, **changes: Any) -> Self:
        """Return a checked copy with `changes` applied."""
        return type(self).model_validate({**self.model_dump(), **changes})
