"""Base class of request bodies that refuse unknown fields, and NUL characters in all others."""

from typing import Any

from pydantic import BaseModel, field_validator, model_validator


class StorableModel(BaseModel):
    """A body without NUL characters."""

    @field_validator("*", mode="before")
    @classmethod
    def _no_null_characters(cls, value: Any) -> Any:
        """PostgreSQL takes them in no text, not even to look for one."""
        left = [value]
        while left:
            one = left.pop()
            if isinstance(one, str) and "\x00" in one:
                raise ValueError("characters that cannot be shown are not allowed")
            left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        return value


class StrictModel(StorableModel):
    """A body that refuses unknown fields with a message that lists the known ones."""

    @model_validator(mode="before")
    @classmethod
    def _only_known(cls, value: Any) -> Any:
        unknown = [str(name) for name in value if name not in cls.model_fields] if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"{unknown[0]:.60} is not known; the names are {', '.join(cls.model_fields)}")
        return value
