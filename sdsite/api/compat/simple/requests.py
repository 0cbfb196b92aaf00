"""Requests of the simple API and their translation to GenerationParameters.

Fields are those of the native API; the names that other programs have for them (`model_type`, `num_inference_steps`,
`cfg_scale`, ...) and `size` are taken as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from generation.errors import JobRefused
from generation.limits import Limits, find_checkpoint
from generation.parameters.schema import GenerationParameters
from sdsite.accounts import site_settings
from sdsite.api.field_aliases import FOREIGN_NAMES
from sdsite.api.validation_messages import build_field_messages

MOST_WAIT_SECONDS = 590.0  # many clients hang up after 600
ALIASES: Mapping[str, str] = {**FOREIGN_NAMES, "image": "init_image"}
_SIZE = re.compile(r"([0-9]{1,5})(?:[xX]([0-9]{1,5}))?")


class Manner(BaseModel):
    """Fields that say how to answer, not what to generate."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    wait: float = MOST_WAIT_SECONDS
    return_base64: bool = True

    @field_validator("wait", mode="before")
    @classmethod
    def _in_seconds(cls, value: Any) -> float:
        """Return the seconds: true is as long as an answer may take, false not at all."""
        if isinstance(value, bool):
            return MOST_WAIT_SECONDS if value else 0.0
        try:
            seconds = float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError("wait must be seconds, true or false") from error
        return min(max(0.0, seconds), MOST_WAIT_SECONDS)


@dataclass(frozen=True)
class Asked:
    """A request: the parameters, how to answer, and the name that the client sent for each native field."""

    requested: GenerationParameters
    manner: Manner
    names: Mapping[str, str]


def read_request(values: Mapping[str, Any], limits: Limits) -> Asked:
    """Validate the fields of a request. Reads checkpoints from the database.

    Raises:
        JobRefused: `invalid_parameters`, in the names that were sent; `checkpoint_missing` (only where the site is
            strict), `checkpoint_not_allowed` (403).
    """
    given = {name: value for name, value in values.items() if value not in (None, "")}
    manner = {name: given.pop(name) for name in Manner.model_fields if name in given}
    names: dict[str, str] = {}
    fields: dict[str, Any] = {}
    if "size" in given:
        for side, length in _sides(given.pop("size")).items():
            fields[side], names[side] = length, "size"
    for sent, value in given.items():
        native = ALIASES.get(sent, sent)
        if native in fields:
            raise _refused(sent, f"{sent} and {names[native]} mean the same; send one of them")
        fields[native], names[native] = value, sent
    try:
        if isinstance(fields.get("checkpoint"), str):
            fields["checkpoint"] = _slug(fields["checkpoint"], limits)
        return Asked(GenerationParameters.model_validate(fields), Manner.model_validate(manner), names)
    except ValidationError as error:
        raise _invalid(error, names) from error
    except JobRefused as refused:
        raise in_sent_names(refused, names) from refused


def in_sent_names(refused: JobRefused, names: Mapping[str, str]) -> JobRefused:
    """Return the refusal with native field names replaced by those that were sent."""
    message, fields = refused.message, {}
    for ours, sentence in refused.fields.items():
        theirs = names.get(ours, ours)
        translated = theirs + sentence[len(ours) :] if sentence.startswith(ours) else sentence
        message = message.replace(sentence, translated)
        fields[theirs] = translated
    return JobRefused(
        refused.code,
        message,
        fields=fields,
        status=refused.status,
        retry_after=refused.retry_after,
        limit=refused.limit,
    )


def _invalid(error: ValidationError, names: Mapping[str, str]) -> JobRefused:
    problems: list[Any] = list(error.errors(include_url=False, include_input=False))
    fields = build_field_messages([{**problem, "loc": ("simple", *problem["loc"])} for problem in problems])
    refused = in_sent_names(JobRefused("invalid_parameters", "", fields=fields), names)
    sentences = list(dict.fromkeys(refused.fields.values()))
    return JobRefused("invalid_parameters", "; ".join(sentences[:5]), fields=refused.fields)


def _sides(size: Any) -> dict[str, int]:
    """Return width and height of "512x768", or of "512" and 512 for a square."""
    found = _SIZE.fullmatch(str(size).strip())
    if found is None:
        raise _refused("size", f"size must be WIDTHxHEIGHT, such as 512x512, or one number; got {size!r:.40}")
    return {"width": int(found[1]), "height": int(found[2] or found[1])}


def _slug(name: str, limits: Limits) -> str | None:
    """Return the slug of the checkpoint `name`; None, the default, for one of another service, unless strict."""
    try:
        return find_checkpoint(name, limits).slug
    except JobRefused as refused:
        if refused.code != "checkpoint_missing" or site_settings.current().strict_models:
            raise
        return None


def _refused(name: str, sentence: str) -> JobRefused:
    return JobRefused("invalid_parameters", sentence, fields={name: sentence})
