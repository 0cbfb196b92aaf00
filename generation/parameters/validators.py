"""Validation shared by all parameter schemas: number ranges, text that can be stored, slugs."""

import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES, format_number

# References to input images. A data: URL holds the image itself, so its length is checked at submission.
INPUT_IMAGES = frozenset({"init_image", "mask_image", "controls.image", "ip_adapter.image"})
_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}")
_SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_NAME = 200  # of a row


class FieldRefused(ValueError):
    """A value that the schema allows and the checkpoint or the site does not, with the field's name."""

    def __init__(self, field: str, message: str) -> None:
        """Set the message and `field`, a name of GenerationParameters, dotted where it is nested."""
        super().__init__(message)
        self.field = field


def check_text(name: str, value: str) -> str:
    """Return `value`; refuse text that databases and files cannot hold, and text that is too long.

    Raises:
        ValueError: the message starts with `name`.
    """
    if len(value) > PROMPT_CHARACTERS:
        raise ValueError(f"{name} must be at most {PROMPT_CHARACTERS} characters; got {len(value)}")
    if "\x00" in value:
        raise ValueError(f"{name} must not contain NUL characters")
    if _SURROGATE.search(value):
        raise ValueError(f"{name} must not contain unpaired surrogates")
    return value


def check_range(name: str, value: float) -> float:
    """Return `value`; refuse values outside of `RANGES[name]`, and NaN.

    Raises:
        ValueError: the message starts with `name` and has the range.
    """
    allowed = RANGES[name]
    if not allowed.allows(value):
        raise ValueError(f"{name} must be {allowed}; got {format_number(value)}")
    return value


def check_slug(name: str, value: str) -> str:
    """Return `value`; refuse what cannot be a slug.

    Raises:
        ValueError: the message starts with `name`.
    """
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{name} must be a name of letters, digits, dots, hyphens and underscores; got {value!r:.60}")
    return value


def may_be_a_name(text: str) -> bool:
    """Return whether a database can look for `text` as a name: neither too long, nor with characters it cannot take.

    NUL characters and unpaired surrogates raise errors in databases.
    """
    return len(text) <= LONGEST_NAME and "\x00" not in text and not _SURROGATE.search(text)


class Checked(BaseModel):
    """Base of the parameter schemas: frozen, no unknown fields, every number within `ranges.RANGES`.

    `PREFIX` stands before a field's name in that table and in messages: "hires." for the fields of hires.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    PREFIX: ClassVar[str] = ""

    @field_validator("*")
    @classmethod
    def _in_range(cls, value: Any, info: ValidationInfo) -> Any:
        name = f"{cls.PREFIX}{info.field_name}"
        if name in RANGES and value is not None and not isinstance(value, str | bool):
            return check_range(name, value)
        return check_text(name, value) if isinstance(value, str) and name not in INPUT_IMAGES else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON schema with the ranges of the table."""
        schema = handler(core)
        for field, described in handler.resolve_ref_schema(schema).get("properties", {}).items():
            allowed = RANGES.get(f"{cls.PREFIX}{field}")
            for option in described.get("anyOf", [described]) if allowed else ():
                if allowed and option.get("type") in ("integer", "number"):
                    option.update(minimum=allowed.least, maximum=allowed.most)
                    option.update({"multipleOf": allowed.multiple_of} if allowed.multiple_of else {})
        return schema

    def with_changes(self, **changes: Any) -> Self:
        """Return a checked copy with `changes` applied."""
        return type(self).model_validate({**self.model_dump(), **changes})
