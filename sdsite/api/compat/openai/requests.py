"""Request schema of OpenAI's images API and its translation to GenerationParameters.

https://platform.openai.com/docs/api-reference/images
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from generation.errors import JobRefused
from generation.limits import Limits, find_checkpoint
from generation.models import Checkpoint
from generation.parameters.nested import PreviewParameters
from generation.parameters.ranges import RANGES, Range
from generation.parameters.schema import GenerationParameters
from sdsite.accounts import site_settings
from sdsite.api.validation_messages import build_field_messages

OWN_RANGES: dict[str, Range] = {"n": Range(1, 10), "output_compression": Range(0, 100), "partial_images": Range(0, 3)}

# Quality -> factor of the checkpoint's own steps. "standard" and "hd" are older values.
QUALITIES: Mapping[str, float] = {
    "auto": 1.0,
    "low": 0.5,
    "medium": 1.0,
    "high": 1.5,
    "xhigh": 2.0,
    "max": 2.5,
    "standard": 1.0,
    "hd": 1.5,
}
FEWEST_STEPS = 12  # checkpoints with fewer were distilled to exactly those: quality changes nothing there
FIDELITY_STRENGTH: Mapping[str, float] = {"high": 0.5, "low": 0.75}
MASKED_STRENGTH = 1.0  # nothing of the masked part is kept
VARIATION_STRENGTH = 0.6
VARIATION_PROMPT = "a picture"
# Models whose images OpenAI answers as addresses unless told otherwise; clients of theirs read nothing else.
ANSWERED_BY_URL = frozenset(("dall-e-2", "dall-e-3"))
LARGEST_PARTIAL = int(RANGES["preview.size"].most)

# Fields of the original that change nothing here. A field that is neither here nor native is refused, as there.
IGNORED = frozenset(
    (
        "complexity",
        "frame_count",
        "frame_duration_ms",
        "metadata",
        "moderation",
        "prompt_rewriter",
        "safety_identifier",
        "style",
        "svg",
        "user",
    )
)
_SIZE = re.compile(r"([0-9]{1,5})[xX]([0-9]{1,5})")


class ImagesRequest(BaseModel):
    """A request in OpenAI's fields; null is the same as left out. Native fields are taken as extras."""

    model_config = ConfigDict(frozen=True, extra="allow")

    prompt: str | None = None
    model: str | None = None
    n: int | None = None
    size: str | None = None
    quality: str | None = None
    response_format: Literal["b64_json", "url"] | None = None
    output_format: str | None = None
    output_compression: int | None = None
    background: str | None = None
    input_fidelity: Literal["high", "low"] | None = None
    stream: bool | None = None
    partial_images: int | None = None

    @field_validator(*OWN_RANGES)
    @classmethod
    def _in_range(cls, value: int | None, info: ValidationInfo) -> int | None:
        allowed = OWN_RANGES[str(info.field_name)]
        if value is not None and not allowed.allows(value):
            raise ValueError(f"{info.field_name} must be {allowed}; got {value}")
        return value

    @field_validator("size")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value not in (None, "", "auto") and not _SIZE.fullmatch(str(value)):
            raise ValueError(f"size must be auto or WIDTHxHEIGHT, such as 512x512; got {value!r:.40}")
        return value

    @field_validator("quality")
    @classmethod
    def _known_quality(cls, value: str | None) -> str | None:
        if value is not None and value not in QUALITIES:
            raise ValueError(f"quality must be one of {', '.join(QUALITIES)}; got {value!r:.40}")
        return value

    @field_validator("background")
    @classmethod
    def _known_background(cls, value: str | None) -> str | None:
        if value not in (None, "auto", "opaque"):
            raise ValueError(f"background must be auto or opaque: images are generated opaque; got {value}")
        return value

    def wants_url(self) -> bool:
        """Tell whether images are answered as addresses: as asked, else as OpenAI does for the model."""
        return self.response_format == "url" if self.response_format else self.model in ANSWERED_BY_URL

    def sides(self) -> dict[str, int]:
        """Return width and height in pixels; empty where the checkpoint decides."""
        found = _SIZE.fullmatch(self.size or "")
        return {"width": int(found[1]), "height": int(found[2])} if found else {}

    def native_fields(self) -> dict[str, Any]:
        """Return the extra fields, which are those of GenerationParameters."""
        return {name: value for name, value in (self.model_extra or {}).items() if name not in IGNORED}


def read_request(values: Mapping[str, Any]) -> ImagesRequest:
    """Validate the body of a request.

    Raises:
        JobRefused: `invalid_parameters`, with OpenAI's field names.
    """
    try:
        return ImagesRequest.model_validate(values)
    except ValidationError as error:
        raise _invalid(error) from error


def get_checkpoint(asked: ImagesRequest, limits: Limits) -> Checkpoint:
    """Return the checkpoint of a request: `checkpoint`, else `model` where a slug matches, else the default.

    Raises:
        JobRefused: `model_not_found` (404) where the site is strict, `checkpoint_not_allowed` (403),
            `checkpoint_missing`.
    """
    own = asked.native_fields().get("checkpoint")
    if own is not None:
        return find_checkpoint(str(own), limits)
    try:
        return find_checkpoint(asked.model or None, limits)
    except JobRefused as refused:
        if refused.code != "checkpoint_missing" or not asked.model:
            raise
        if site_settings.current().strict_models:
            message = f"The model {asked.model!r:.120} does not exist here; GET /v1/models lists those that do."
            raise JobRefused("model_not_found", message, fields={"model": message}, status=404) from refused
    return find_checkpoint(None, limits)


def build_parameters(
    asked: ImagesRequest, *, checkpoint: Checkpoint, limits: Limits, presets: Mapping[str, Any] | None = None
) -> GenerationParameters:
    """Return the requested parameters.

    Args:
        asked: the request.
        checkpoint: the one that generates.
        limits: of the caller; `quality` never asks for more steps than they allow.
        presets: fields that follow from the endpoint and its files (images, strength, prompt); `asked` counts first.

    Raises:
        JobRefused: `invalid_parameters`.
    """
    translated = {
        "prompt": asked.prompt,
        "count": asked.n,
        "output_format": asked.output_format,
        "quality": None if asked.output_compression is None else max(1, asked.output_compression),
        "steps": _steps(asked, checkpoint, limits),
        **asked.sides(),
    }
    layers = ({"checkpoint": checkpoint.slug}, presets or {}, translated, asked.native_fields())
    values = {name: value for layer in layers for name, value in layer.items() if value is not None}
    try:
        requested = GenerationParameters.model_validate(values)
    except ValidationError as error:
        raise _invalid(error) from error
    return _with_previews(requested, asked, checkpoint)


def _steps(asked: ImagesRequest, checkpoint: Checkpoint, limits: Limits) -> int | None:
    factor = QUALITIES[asked.quality or "auto"]
    if factor == 1 or checkpoint.steps < FEWEST_STEPS:
        return None
    most = min(int(RANGES["steps"].most), limits.most_steps or checkpoint.steps * 10)
    return max(1, min(round(checkpoint.steps * factor), most))


def _with_previews(
    requested: GenerationParameters, asked: ImagesRequest, checkpoint: Checkpoint
) -> GenerationParameters:
    """Return `requested` with as many previews as the stream shows, evenly spread and of the largest size."""
    if not (asked.stream and asked.partial_images) or "preview" in requested.model_fields_set:
        return requested
    steps = requested.steps or checkpoint.steps
    if requested.init_image:
        steps = max(1, int(steps * requested.strength))
    every = max(1, steps // (asked.partial_images + 1))
    preview = PreviewParameters(every=every, start=every, size=LARGEST_PARTIAL)
    return requested.model_copy(update={"preview": preview})


def _invalid(error: ValidationError) -> JobRefused:
    problems: list[Any] = list(error.errors(include_url=False))
    fields = build_field_messages([{**problem, "loc": ("openai", *problem["loc"])} for problem in problems])
    return JobRefused("invalid_parameters", "; ".join(list(fields.values())[:5]), fields=fields)
