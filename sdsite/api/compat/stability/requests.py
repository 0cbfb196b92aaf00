"""The one message that a client of Stability's websocket sends, and the wish that it means."""

import json
import math
from collections.abc import Mapping

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from generation.errors import JobRefused, refusal_from_validation
from generation.models import Checkpoint
from generation.parameters.prompts.errors import MOST_WEIGHT
from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES
from generation.parameters.schema import GenerationParameters
from generation.parameters.validators import may_be_a_name
from sdsite.api.errors import ApiError

PREVIEW_PIXELS = 256
MOST_TEXTS = 100
_LAST_STEP = int(RANGES["preview.start"].most)

# Our names of fields -> theirs, for sentences that go back.
THEIR_NAMES: Mapping[str, str] = {
    "prompt": "text_prompts",
    "negative_prompt": "text_prompts",
    "checkpoint": "engine",
    "guidance_scale": "cfg_scale",
    "count": "samples",
    "preview.every": "callback_steps",
    "preview.start": "callback_start",
}


class TextPrompt(BaseModel):
    """A text, and how much it counts: above 0 for the picture, below 0 against it."""

    text: str = Field(max_length=PROMPT_CHARACTERS)
    weight: float = 1.0

    @field_validator("weight")
    @classmethod
    def _finite(cls, value: float) -> float:
        if not math.isfinite(value) or abs(value) > MOST_WEIGHT:
            raise ValueError(f"weight must be -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}; got {value:g}")
        return value


class Payload(BaseModel):
    """What is asked for, in the client's words; what is null or not listed here is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    use_binary: bool = False
    engine: str | None = None
    steps: int | None = None
    width: int | None = None
    height: int | None = None
    seed: int = 0
    cfg_scale: float | None = None
    samples: int = 1
    text_prompts: list[TextPrompt] = Field(max_length=MOST_TEXTS)
    callback_steps: int = Field(1, description="0: no pictures before the last message.", ge=0)
    callback_start: int = Field(0, ge=0)

    def requested(self) -> GenerationParameters:
        """Return what it means in our names; asks the database for the engine.

        Raises:
            JobRefused: `invalid_parameters`, in our names.
        """
        every, start = self.callback_steps, self.callback_start + 1
        if not self.callback_steps:
            every = start = _LAST_STEP
        asked = {
            "prompt": _joined([(prompt.text, prompt.weight) for prompt in self.text_prompts]),
            "negative_prompt": _joined([(prompt.text, -prompt.weight) for prompt in self.text_prompts]) or None,
            "checkpoint": _checkpoint(self.engine),
            "width": self.width,
            "height": self.height,
            "steps": self.steps,
            "guidance_scale": self.cfg_scale,
            "seed": self.seed if self.seed > 0 else None,
            "count": self.samples,
            "output_format": "jpeg",
            "preview": {"every": min(every, _LAST_STEP), "start": min(start, _LAST_STEP), "size": PREVIEW_PIXELS},
        }
        try:
            return GenerationParameters.model_validate(asked)
        except ValidationError as error:
            raise refusal_from_validation(error) from error


def read_payload(frame: str | bytes) -> Payload:
    """Return the payload of a frame of JSON.

    Raises:
        ApiError: `invalid_json`.
        JobRefused: `invalid_parameters`, a field of the payload has another type or range.
    """
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError) as error:
        raise ApiError("invalid_json", f"The payload is no JSON: {error!s:.200}") from error
    if not isinstance(found, dict):
        raise ApiError("invalid_json", "The payload must be a JSON object.")
    try:
        return Payload.model_validate({name: value for name, value in found.items() if value is not None})
    except ValidationError as error:
        refused = refusal_from_validation(error)
        sentences = {name: f"{name}: {said}" for name, said in list(refused.fields.items())[:5]}
        raise JobRefused(refused.code, "; ".join(sentences.values()), fields=sentences) from error


def in_their_names(refused: JobRefused) -> JobRefused:
    """Return the refusal with our field names replaced by those of the payload."""
    message, fields = refused.message, {}
    for ours, said in refused.fields.items():
        theirs = THEIR_NAMES.get(ours, ours)
        sentence = said.replace(ours, theirs, 1)
        message = message.replace(said, sentence)
        fields[theirs] = sentence
    return JobRefused(refused.code, message, fields=fields, status=refused.status, retry_after=refused.retry_after)


def _checkpoint(engine: str | None) -> str | None:
    """Return the slug to ask for: clients name engines of Stability's that no site has, so those mean the default."""
    if not engine or settings.STRICT_MODELS:
        return engine or None
    there = may_be_a_name(engine) and Checkpoint.objects.enabled().filter(slug=engine).exists()
    return engine if there else None


def _joined(weighted: list[tuple[str, float]]) -> str:
    """Return those texts that count more than 0 as one prompt in the site's own words for weights."""
    return ", ".join(_weighted(text.strip(), weight) for text, weight in weighted if weight > 0 and text.strip())


def _weighted(text: str, weight: float) -> str:
    number = f"{weight:.4f}".rstrip("0").rstrip(".")
    return text if number == "1" else f"({_closed(text)}:{number})"


def _closed(text: str) -> str:
    """Return `text` so that its brackets cannot end the weight's own: as it is where they match, else as characters."""
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth == 0:
        return text
    return text.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)")
