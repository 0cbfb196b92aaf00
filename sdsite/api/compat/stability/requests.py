"""Request payload of Stability's websocket and its translation to GenerationParameters."""

import json
import math
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from generation.errors import JobRefused, refusal_from_validation
from generation.models import Checkpoint
from generation.parameters.prompts.errors import MOST_WEIGHT
from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES
from generation.parameters.schema import GenerationParameters
from generation.parameters.validators import may_be_a_name
from sdsite.accounts import site_settings
from sdsite.api.errors import ApiError

PREVIEW_PIXELS = 256
MOST_TEXTS = 100
_LAST_STEP = int(RANGES["preview.start"].most)

# Native field -> the payload's, for error messages.
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
    """A text and its weight: above 0 for the prompt, below 0 for the negative prompt."""

    text: str = Field(max_length=PROMPT_CHARACTERS)
    weight: float = 1.0

    @field_validator("weight")
    @classmethod
    def _finite(cls, value: float) -> float:
        if not math.isfinite(value) or abs(value) > MOST_WEIGHT:
            raise ValueError(f"weight must be -{MOST_WEIGHT:g} to {MOST_WEIGHT:g}; got {value:g}")
        return value


class Payload(BaseModel):
    """The payload of a request; null and unknown fields are ignored."""

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
    callback_steps: int = Field(1, description="0: no previews before the last message.", ge=0)
    callback_start: int = Field(0, ge=0)

    def requested(self) -> GenerationParameters:
        """Return the requested parameters; reads the checkpoint for `engine` from the database.

        Raises:
            JobRefused: `invalid_parameters`, with native field names.
        """
        every, start = self.callback_steps, self.callback_start + 1
        if not self.callback_steps:
            every = start = _LAST_STEP
        fields = {
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
            return GenerationParameters.model_validate(fields)
        except ValidationError as error:
            raise refusal_from_validation(error) from error


def read_payload(frame: str | bytes) -> Payload:
    """Return the payload in a frame of JSON.

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
        sentences = {name: f"{name}: {sentence}" for name, sentence in list(refused.fields.items())[:5]}
        raise JobRefused(refused.code, "; ".join(sentences.values()), fields=sentences) from error


def in_their_names(refused: JobRefused) -> JobRefused:
    """Return the refusal with native field names replaced by those of the payload."""
    message, fields = refused.message, {}
    for ours, sentence in refused.fields.items():
        theirs = THEIR_NAMES.get(ours, ours)
        translated = theirs + sentence[len(ours) :] if sentence.startswith(ours) else sentence
        message = message.replace(sentence, translated)
        fields[theirs] = translated
    return JobRefused(refused.code, message, fields=fields, status=refused.status, retry_after=refused.retry_after)


def _checkpoint(engine: str | None) -> str | None:
    """Return the checkpoint's slug; None, the default, for Stability's own engines, which no site has."""
    if not engine or site_settings.current().strict_models:
        return engine or None
    exists = may_be_a_name(engine) and Checkpoint.objects.enabled().filter(slug=engine).exists()
    return engine if exists else None


def _joined(weighted: list[tuple[str, float]]) -> str:
    """Return the texts of a weight above 0 as one prompt in the site's syntax for weights."""
    return ", ".join(_weighted(text.strip(), weight) for text, weight in weighted if weight > 0 and text.strip())


def _weighted(text: str, weight: float) -> str:
    number = f"{weight:.4f}".rstrip("0").rstrip(".")
    return text if number == "1" else f"({_balanced(text)}:{number})"


def _balanced(text: str) -> str:
    """Return `text` with its brackets escaped where they are unbalanced and would end those of the weight."""
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
    if depth == 0:
        return text
    return text.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)")
