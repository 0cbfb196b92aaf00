"""What may be asked of a picture: the one schema that form, APIs, queue and metadata share.

`GenerationParameters` is the wish as somebody sent it: nearly everything may be left out. `resolve` fills what
was left out from the checkpoint's own defaults, picks a seed and checks what only the checkpoint knows; the
`ResolvedParameters` it returns are what a job row stores and a pipeline runs.
"""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from generation.parameters import catalog
from generation.parameters.limits import PROMPT_CHARACTERS, RANDOM_SEED_BELOW, RANGES

SCHEMA_VERSION: Literal[1] = 1

Task = Literal["text_to_image"]
OutputFormat = Literal["png", "jpeg", "webp"]
Reproducible = Literal["normal", "strict"]


class FieldRefused(ValueError):
    """A value that the schema allows but the checkpoint does not; carries the field's name."""

    def __init__(self, field: str, message: str) -> None:
        """Keep `field` (a GenerationParameters name) beside the sentence for people."""
        super().__init__(message)
        self.field = field


def _check_characters(name: str, value: str) -> None:
    """Refuse what no database column, file or font can hold."""
    if "\x00" in value:
        raise ValueError(f"{name} must not contain NUL characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{name} must not contain unpaired surrogates")


def _check_range(name: str, value: float | None) -> float | None:
    if value is None:
        return None
    allowed = RANGES[name]
    if not math.isfinite(value) or not allowed.allows(value):
        raise ValueError(f"{name} must be {allowed}; got {value:g}")
    return value


class PreviewParameters(BaseModel):
    """How the picture is shown while it emerges."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: int | None = Field(None, description="Send a preview every so many steps; null: the site paces itself.")
    start: int = Field(1, description="First step that sends a preview.")
    size: int = Field(256, description="Longest side of a preview in pixels.")

    @field_validator("every", "start", "size")
    @classmethod
    def _in_range(cls, value: int | None, info: ValidationInfo) -> Any:
        return _check_range(f"preview.{info.field_name}", value)


class GenerationParameters(BaseModel):
    """A wish: everything one may ask of a picture, in the names that every door agrees on.

    Null means "as the checkpoint is good at". Ranges: `generation.parameters.limits.RANGES`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = SCHEMA_VERSION
    task: Task = "text_to_image"
    prompt: str = Field(description="What the picture shows.", examples=["a red heart"])
    negative_prompt: str = Field("", description="What the picture should not show.")
    checkpoint: str | None = Field(None, description="Slug of a checkpoint; null: the site's default.")
    width: int | None = Field(None, description="Pixels, a multiple of 8.")
    height: int | None = Field(None, description="Pixels, a multiple of 8.")
    steps: int | None = Field(None, description="Denoising steps.")
    guidance_scale: float | None = Field(None, description="How closely the prompt is followed (classifier-free).")
    sampler: str | None = Field(None, description="Key, label or alias of a sampler, see /api/v1/samplers.")
    schedule: str | None = Field(None, description="Spacing of the noise levels: normal, karras, exponential or beta.")
    eta: float | None = Field(None, description="Noise added at each step, for samplers that take it (DDIM).")
    seed: int | None = Field(None, description="Image k of the job uses seed + k; -1 or null: random.")
    count: int = Field(1, description="Images asked for.")
    batch_size: int | None = Field(None, description="Images denoised together; null: the site decides.")
    output_format: OutputFormat = "png"
    quality: int = Field(90, description="JPEG and WebP quality.")
    upscale_by: Literal[1, 2, 4] = Field(1, description="Enlarge the finished image this many times.")
    upscaler: str | None = Field(None, description="What enlarges it; null: lanczos.")
    reproducible: Reproducible = Field("normal", description="strict: denoised alone, bit-identical when run again.")
    preview: PreviewParameters = PreviewParameters()

    @field_validator("prompt", "negative_prompt")
    @classmethod
    def _text(cls, value: str, info: ValidationInfo) -> str:
        if len(value) > PROMPT_CHARACTERS:
            raise ValueError(f"{info.field_name} must be at most {PROMPT_CHARACTERS} characters; got {len(value)}")
        _check_characters(str(info.field_name), value)
        if info.field_name == "prompt" and not value.strip():
            raise ValueError(f"prompt must be 1 to {PROMPT_CHARACTERS} characters; got none")
        return value

    @field_validator("checkpoint")
    @classmethod
    def _slug(cls, value: str | None) -> str | None:
        if value is not None:
            _check_characters("checkpoint", value)
        return value

    @field_validator("width", "height", "steps", "guidance_scale", "eta", "seed", "count", "batch_size", "quality")
    @classmethod
    def _in_range(cls, value: float | None, info: ValidationInfo) -> Any:
        return _check_range(str(info.field_name), value)

    @field_validator("sampler")
    @classmethod
    def _known_sampler(cls, value: str | None) -> str | None:
        if value is None:
            return None
        sampler = catalog.find_sampler(value)
        if sampler is None:
            raise ValueError(f"sampler must be one of {', '.join(catalog.SAMPLERS)}; got {value!r:.60}")
        return sampler.key

    @field_validator("schedule")
    @classmethod
    def _known_schedule(cls, value: str | None) -> str | None:
        if value is not None and value not in catalog.SCHEDULES:
            raise ValueError(f"schedule must be one of {', '.join(catalog.SCHEDULES)}; got {value!r:.60}")
        return value

    @field_validator("upscaler")
    @classmethod
    def _known_upscaler(cls, value: str | None) -> str | None:
        if value is not None and value not in catalog.UPSCALERS:
            raise ValueError(f"upscaler must be one of {', '.join(catalog.UPSCALERS)}; got {value!r:.60}")
        return value


class ResolvedParameters(GenerationParameters):
    """A wish with nothing left open: what a job stores and a pipeline runs."""

    checkpoint: str
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str
    eta: float
    seed: int
    upscaler: str

    def with_changes(self, **changes: Any) -> Self:
        """Return a checked copy with `changes` applied."""
        return type(self).model_validate({**self.model_dump(), **changes})


@dataclass(frozen=True)
class CheckpointDefaults:
    """What a checkpoint is good at: fills what a wish leaves out, and says which sizes it allows.

    `sizes` lists allowed (width, height) pairs in pixels; empty means any size in the site's range.
    """

    slug: str
    family: str
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str = "normal"
    sizes: tuple[tuple[int, int], ...] = ()


def resolve(wish: GenerationParameters, defaults: CheckpointDefaults) -> ResolvedParameters:
    """Fill `wish` from `defaults`, pick a seed where none was given, and check size, sampler and schedule.

    Raises:
        FieldRefused: the checkpoint does not allow a size, sampler or schedule; the message names what is allowed.
    """
    filled: dict[str, Any] = wish.model_dump()
    fallbacks: Mapping[str, Any] = {
        "checkpoint": defaults.slug,
        "width": defaults.width,
        "height": defaults.height,
        "steps": defaults.steps,
        "guidance_scale": defaults.guidance_scale,
        "sampler": defaults.sampler,
        "eta": 0.0,
        "upscaler": "lanczos",
    }
    for name, value in fallbacks.items():
        if filled[name] is None:
            filled[name] = value
    if filled["seed"] in (None, -1):
        filled["seed"] = secrets.randbelow(RANDOM_SEED_BELOW)
    if filled["schedule"] is None:
        filled["schedule"] = defaults.schedule if wish.sampler in (None, defaults.sampler) else "normal"
    if filled["reproducible"] == "strict":
        filled["batch_size"] = 1
    resolved = ResolvedParameters.model_validate(filled)
    _check_size(resolved, defaults)
    _check_sampler(resolved, defaults)
    return resolved


def _check_size(resolved: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    size = (resolved.width, resolved.height)
    multiple = catalog.FAMILIES[defaults.family].size_multiple
    for field, side in zip(("width", "height"), size, strict=True):
        if side % multiple:
            raise FieldRefused(field, f"{defaults.slug} draws sizes in multiples of {multiple}; got {field} {side}")
    if defaults.sizes and size not in defaults.sizes:
        allowed = ", ".join(f"{width}x{height}" for width, height in defaults.sizes)
        raise FieldRefused(
            "width" if all(resolved.width != width for width, _ in defaults.sizes) else "height",
            f"{defaults.slug} draws {allowed}; got {size[0]}x{size[1]}",
        )


def _check_sampler(resolved: ResolvedParameters, defaults: CheckpointDefaults) -> None:
    sampler = catalog.SAMPLERS[resolved.sampler]
    if defaults.family not in sampler.families:
        allowed = ", ".join(catalog.samplers_for(defaults.family))
        raise FieldRefused("sampler", f"{defaults.slug} works with {allowed}; got {sampler.key}")
    schedules = sampler.schedules_for(defaults.family)
    if resolved.schedule not in schedules:
        raise FieldRefused(
            "schedule", f"sampler {sampler.key} takes schedule {', '.join(schedules)}; got {resolved.schedule}"
        )
