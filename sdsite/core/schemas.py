"""Base class of request bodies that refuse unknown fields."""

from typing import Any

from pydantic import BaseModel, model_validator


class StrictModel(BaseModel):
    """A body that refuses unknown fields with a message that lists the known ones."""

    @model_validator(mode="before")
    @classmethod
    def _only_known(cls, value: Any) -> Any:
        unknown = [str(name) for name in value if name not in cls.model_fields] if isinstance(value, dict) else []
        if unknown:
            raise ValueError(f"{unknown[0]:.60} is not known; the names are {', '.join(cls.model_fields)}")
        return value
