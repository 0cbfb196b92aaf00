"""Arguments of the tools: schemas that models read, and the parameters of a job.

The settings of images are fields of the native API with its names, ranges and checks; a tool offers some of them.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator

from gallery.search.filters import LONGEST_QUERY, ImageFilter
from generation.errors import JobRefused
from generation.jobs.submission.idempotency import KEY_FIELD, check_key
from generation.parameters.ranges import RANGES
from generation.parameters.schema import GenerationParameters
from sdsite.api.field_aliases import FOREIGN_NAMES
from sdsite.api.validation_messages import build_field_messages

MOST_WAIT_SECONDS = 590
WAIT_SECONDS = 45  # many clients give a call up after 60
MOST_FOUND = 50
LONGEST_CURSOR = 300

TEXT_TO_IMAGE = (
    *("prompt", "negative_prompt", "checkpoint", "width", "height", "count", "seed", "steps", "guidance_scale"),
    *("speed_mode", "sampler", "schedule", "styles", "loras", "upscale_by", "output_format", "quality"),
)
EDIT = (
    *TEXT_TO_IMAGE,
    *("init_image", "mask_image", "strength", "mask_blur", "mask_invert", "mask_area", "resize_mode"),
)

DESCRIPTIONS = {  # of fields whose names say enough to people
    "loras": "LoRAs to apply, see list_models.",
    "output_format": "Format of the files.",
    "mask_invert": "Black is inpainted, white is kept.",
}

Arguments = TypeVar("Arguments", bound=BaseModel)
Schema = dict[str, Any]
Shown = Literal["none", "thumbnail", "full"]


class Waiting(BaseModel):
    """How long to wait for a job, and what of its images to show."""

    wait_seconds: float = Field(
        WAIT_SECONDS, ge=0, le=MOST_WAIT_SECONDS, description="Seconds to wait for the end of the job; 0: not at all."
    )
    show: Shown = Field(
        "thumbnail", description="What the answer holds of finished images: nothing, small copies, or their files."
    )


class Submission(Waiting):
    """What concerns the submission of a job alone."""

    idempotency_key: str | None = Field(
        None, description="Any text of your own: for 24 hours the same call with the same key is one job."
    )

    @field_validator("idempotency_key")
    @classmethod
    def _valid(cls, value: str | None) -> str | None:
        return None if value is None else check_key(value, KEY_FIELD)


class WaitArguments(Waiting):
    """Arguments of `wait`."""

    job_id: uuid.UUID = Field(description="The job_id of an earlier answer.")


class CancelArguments(BaseModel):
    """Arguments of `cancel`."""

    job_id: uuid.UUID = Field(description="The job_id of an earlier answer.")


class ImageArguments(BaseModel):
    """Arguments of `get_image`."""

    image_id: uuid.UUID = Field(description="The id of an image in an earlier answer.")
    show: Shown = Field("thumbnail", description="Nothing but facts, a small copy, or the file itself.")


class SearchArguments(BaseModel):
    """Arguments of `search_my_images`."""

    q: str | None = Field(
        None,
        max_length=LONGEST_QUERY,
        description='Words of the prompt: all must match, "a phrase" as written, -word excludes, the last is a prefix.',
    )
    tag: list[str] = Field(default_factory=list, max_length=10, description="Tags that all must match.")
    checkpoint: str | None = Field(None, max_length=100, description="Slug of the checkpoint, see list_models.")
    favourite: bool | None = Field(None, description="Favourites, or others.")
    min_rating: int | None = Field(None, ge=0, le=5, description="At least this many stars.")
    since: str | None = Field(None, max_length=40, description="Created on this date or later, such as 2026-01-31.")
    until: str | None = Field(None, max_length=40, description="Created on this date or before.")
    limit: int = Field(10, ge=1, le=MOST_FOUND, description="Most images of an answer.")
    cursor: str | None = Field(None, max_length=LONGEST_CURSOR, description="The next of an earlier answer.")
    show: Literal["none", "thumbnail"] = Field("none", description="Whether the answer holds small copies.")

    def wanted(self) -> ImageFilter:
        """Return the filter; raises JobRefused, `invalid_parameters`."""
        return validated(ImageFilter, self.model_dump(exclude={"limit", "cursor", "show"}, exclude_none=True))


class NoArguments(BaseModel):
    """Arguments of a tool that takes none."""


def read(model: type[Arguments], values: Mapping[str, Any]) -> Arguments:
    """Return the validated arguments.

    Raises:
        JobRefused: `invalid_parameters`.
    """
    _refuse_unknown(values, list(model.model_fields))
    return validated(model, values)


def validated(model: type[Arguments], values: Mapping[str, Any]) -> Arguments:
    """Return `values` as `model`; raises JobRefused, `invalid_parameters`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems: list[Any] = list(error.errors(include_url=False, include_input=False))
        fields = build_field_messages([{**problem, "loc": ("arguments", *problem["loc"])} for problem in problems])
        raise JobRefused("invalid_parameters", "; ".join(list(fields.values())[:5]), fields=fields) from error


def read_submission(values: Mapping[str, Any], offered: tuple[str, ...]) -> tuple[Submission, GenerationParameters]:
    """Return the arguments of a tool that submits a job and offers the fields `offered`.

    Raises:
        JobRefused: `invalid_parameters`.
    """
    own = Submission.model_fields
    _refuse_unknown(values, [*offered, *own])
    submission = validated(Submission, {name: value for name, value in values.items() if name in own})
    settings = {name: value for name, value in values.items() if name not in own}
    return submission, validated(GenerationParameters, settings)


def _refuse_unknown(values: Mapping[str, Any], known: list[str]) -> None:
    for name in values:
        if name not in known:
            ours = FOREIGN_NAMES.get(name)
            meant = f"its name is {ours}" if ours in known else f"the names are {', '.join(known) or 'none'}"
            sentence = f"{name:.60} is not known; {meant}"
            raise JobRefused("invalid_parameters", sentence, fields={f"{name:.60}": sentence})


def schema_of(model: type[BaseModel]) -> Schema:
    """Return the JSON schema of arguments, which refuses unknown names."""
    return {**model.model_json_schema(), "additionalProperties": False}


def schema_of_submission(offered: tuple[str, ...], required: tuple[str, ...]) -> Schema:
    """Return the JSON schema of a tool that submits a job: the native fields with their ranges, and its own."""
    native, own = GenerationParameters.model_json_schema(), Submission.model_json_schema()
    properties = {name: _with_range(name, native["properties"][name]) for name in offered} | own["properties"]
    schema: Schema = {"type": "object", "properties": properties, "required": list(required)}
    definitions = {name: one for name, one in native.get("$defs", {}).items() if f"/{name}'" in str(properties)}
    return {**schema, "additionalProperties": False, **({"$defs": definitions} if definitions else {})}


def _with_range(name: str, schema: Schema) -> Schema:
    schema = {"description": DESCRIPTIONS[name], **schema} if name in DESCRIPTIONS else schema
    found = RANGES.get(name)
    if found is None:
        return schema
    ends: Schema = {"minimum": found.least, "maximum": found.most}
    return {**schema, **ends, **({"multipleOf": found.multiple_of} if found.multiple_of and found.exact else {})}
