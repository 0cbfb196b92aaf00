"""Validation shared by all parameter schemas: number ranges, text that can be stored, slugs."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES, format_number
from generation.parameters.sampler_names import NOT_GIVEN

# References to input images. A data: URL holds the image itself, so its length is checked at submission.
INPUT_IMAGES = frozenset({"init_image", "mask_image", "controls.image", "ip_adapter.image"})
_SLUG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}")
_SURROGATE = re.compile("[\ud800-\udfff]")
LONGEST_NAME = 200  # of a row
# A file of an image is never shorter; ids and addresses have other characters, or are shorter.
_BARE_BASE64 = re.compile(r"\s*[A-Za-z0-9+/_-]{32}[A-Za-z0-9+/_\s-]{28}")


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


# Texts whose empty value says something: no negative prompt, instead of the checkpoint's own.
_TEXTS = frozenset({"prompt", "negative_prompt"})
# Fields that take a name: "None" and "Automatic" stand for none there.
_NAMES = frozenset({"checkpoint", "sampler", "schedule", "vae", "upscaler", "init_upscaler"})
_SEEDS = frozenset({"seed", "variation_seed", "subseed"})
# Lists and parts: the field that a row cannot do without; empty where the rows are names.
_NEEDED: Mapping[str, str] = {
    "styles": "",
    "loras": "name",
    "controls": "model",
    "ip_adapter": "model",
    "refiner": "checkpoint",
    "grid": "axes",
}


def without_nothing(values: Mapping[str, Any], schema: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a request without values that stand for nothing, so that the defaults of `schema` count.

    Those are null, empty text in fields that take no text, the names None and Automatic, a false seed, and rows of
    lists that name nothing. Fields that `schema` does not have stay, to be refused.
    """
    kept = {name: _without_rows(name, value) for name, value in values.items()}
    return {
        name: value for name, value in kept.items() if name not in schema.model_fields or not _is_nothing(name, value)
    }


def _is_nothing(name: str, value: Any) -> bool:
    if value is None or (name in _SEEDS and value is False):
        return True
    if isinstance(value, str):
        text = value.strip().casefold()
        return name not in _TEXTS if not text else name in _NAMES and text in NOT_GIVEN
    return name in _NEEDED and _names_nothing(name, value)


def _without_rows(name: str, value: Any) -> Any:
    """Return a list without rows that name nothing; other values as they are."""
    if name not in _NEEDED or not isinstance(value, list | tuple):
        return value
    return [row for row in value if not _names_nothing(name, row)]


def _names_nothing(name: str, value: Any) -> bool:
    """Return whether a row of a list, or a part, has none of what it needs."""
    if isinstance(value, dict) and _NEEDED[name] in value:
        value = value[_NEEDED[name]]
    return value in (None, [], (), {}) or (isinstance(value, str) and value.strip().casefold() in ("", "none"))


def format_key(value: Any) -> Any:
    """Return the key of a file format: "jpg" is jpeg, and case does not matter; other values as they are."""
    key = value.strip().casefold() if isinstance(value, str) else value
    return "jpeg" if key == "jpg" else key


def as_reference(value: str) -> str:
    """Return the value of an input image as a reference: bare base64 becomes a data: URL."""
    return f"data:;base64,{value}" if _BARE_BASE64.match(value) else value


class Checked(BaseModel):
    """Base of the parameter schemas: frozen, no unknown fields, every number within `ranges.RANGES`.

    `PREFIX` stands before a field's name in that table and in messages: "hires." for the fields of hires.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    PREFIX: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, value: Any) -> Any:
        return without_nothing(value, cls) if isinstance(value, dict) else value

    @field_validator("*")
    @classmethod
    def _in_range(cls, value: Any, info: ValidationInfo) -> Any:
        name = f"{cls.PREFIX}{info.field_name}"
        if name in RANGES and value is not None and not isinstance(value, str | bool):
            return check_range(name, value)
        if isinstance(value, str):
            return as_reference(value) if name in INPUT_IMAGES else check_text(name, value)
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON schema with the ranges of the table."""
        schema = handler(core)
        for field, described in handler.resolve_ref_schema(schema).get("properties", {}).items():
            allowed = RANGES.get(f"{cls.PREFIX}{field}")
            for option in described.get("anyOf", [described]) if allowed else ():
                if allowed and option.get("type") in ("integer", "number"):
                    option.update(minimum=allowed.least, maximum=allowed.most)
                    option.update({"multipleOf": allowed.multiple_of} if allowed.multiple_of and allowed.exact else {})
        return schema

    def with_changes(self, **changes: Any) -> Self:
        """Return a checked copy with `changes` applied."""
        return type(self).model_validate({**self.model_dump(), **changes})
