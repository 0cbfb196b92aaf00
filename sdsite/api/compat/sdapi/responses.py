"""Responses and errors of the AUTOMATIC1111 dialect, and validation of its request bodies."""

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from generation.errors import JobRefused
from generation.parameters.validators import without_nothing
from sdsite.api.endpoint import json_body
from sdsite.api.errors import Answer, get_status
from sdsite.api.validation_messages import build_field_messages

CHALLENGE = 'Basic realm="sdsite"'  # the only scheme that clients of this dialect know

# Native field -> this dialect's, for messages that begin with the field's name.
THEIRS: Mapping[str, str] = {
    "checkpoint": "sd_model_checkpoint",
    "vae": "sd_vae",
    "clip_skip": "CLIP_stop_at_last_layers",
    "guidance_scale": "cfg_scale",
    "true_cfg_scale": "cfg_scale",
    "sampler": "sampler_name",
    "schedule": "scheduler",
    "variation_seed": "subseed",
    "variation_strength": "subseed_strength",
    "count": "batch_size x n_iter",
    "init_image": "init_images",
    "mask_image": "mask",
    "strength": "denoising_strength",
    "noise_multiplier": "initial_noise_multiplier",
    "mask_padding": "inpaint_full_res_padding",
    "hires.scale": "hr_scale",
    "hires.steps": "hr_second_pass_steps",
    "hires.strength": "denoising_strength",
    "hires.upscaler": "hr_upscaler",
    "refiner.checkpoint": "refiner_checkpoint",
    "refiner.start": "refiner_switch_at",
    "upscale_by": "upscaling_resize",
    "upscaler": "upscaler_1",
}


class Body(BaseModel):
    """Base of this dialect's request bodies: every field is optional, unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, value: Any) -> Any:
        return without_nothing(value, cls) if isinstance(value, dict) else value


AnyBody = TypeVar("AnyBody", bound=Body)


def render(answer: Answer) -> HttpResponse:
    """Return an error in AUTOMATIC1111's shape: `error` is the native code, `detail` and `errors` are for people."""
    message = "; ".join(in_their_names(name, sentence) for name, sentence in answer.fields.items())
    headers = {"Cache-Control": "no-store", **answer.headers}
    status = get_status(answer)
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    detail = message or answer.message
    body = {"error": answer.code, "detail": detail, "body": "", "errors": detail}
    return JsonResponse(body, status=status, headers=headers)


def reply(value: Any) -> JsonResponse:
    """Return a response with any JSON value, null and lists included, that must not be cached."""
    return JsonResponse(value, safe=False, headers={"Cache-Control": "no-store"})


def as_json(value: Any) -> Any:
    """Return a value that Python read from JSON as strict JSON: NaN and infinities become null."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def in_their_names(field: str, sentence: str) -> str:
    """Return a message that begins with the native name of `field` with the dialect's name instead."""
    theirs = THEIRS.get(re.sub(r"\.\d+", "", field))
    return f"{theirs}{sentence[len(field) :]}" if theirs and sentence.startswith(field) else sentence


def read(request: HttpRequest, kind: type[AnyBody]) -> tuple[AnyBody, dict[str, Any]]:
    """Return the body validated as `kind`, and as it was sent.

    Raises:
        ApiError: `invalid_json`.
        JobRefused: `invalid_parameters`, a value of the wrong type.
    """
    raw = json_body(request)
    try:
        return kind.model_validate(raw), raw
    except ValidationError as error:
        problems = [{**problem, "loc": ("body", "", *problem["loc"])} for problem in error.errors()]
        fields = build_field_messages(problems)
        raise JobRefused("invalid_parameters", "; ".join(fields.values()), fields=fields) from error


def refuse(field: str, sentence: str) -> JobRefused:
    """Return the refusal of a value; `sentence` begins with the field's name in this dialect."""
    return JobRefused("invalid_parameters", sentence, fields={field: sentence})
