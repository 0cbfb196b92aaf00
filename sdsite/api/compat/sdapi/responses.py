"""How answers of the AUTOMATIC1111 dialect look, its errors above all, and how its bodies are read."""

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel, ConfigDict, ValidationError

from generation.errors import JobRefused
from sdsite.api.endpoint import json_body
from sdsite.api.errors import Answer, get_status
from sdsite.api.validation_messages import build_field_messages

CHALLENGE = 'Basic realm="sdsite"'  # clients of this dialect know no other

# Our names of fields -> this dialect's, for sentences that begin with a name.
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
    """A body of this dialect: everything may be left out, what is not known is not looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


AnyBody = TypeVar("AnyBody", bound=Body)


def render(answer: Answer) -> HttpResponse:
    """Return an error as AUTOMATIC1111 writes it: `error` is our code, `detail` and `errors` sentences for people."""
    said = "; ".join(in_their_names(name, sentence) for name, sentence in answer.fields.items())
    headers = {"Cache-Control": "no-store", **answer.headers}
    status = get_status(answer)
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    detail = said or answer.message
    body = {"error": answer.code, "detail": detail, "body": "", "errors": detail}
    return JsonResponse(body, status=status, headers=headers)


def reply(value: Any) -> JsonResponse:
    """Return any JSON value, null and lists too, that nobody may keep."""
    return JsonResponse(value, safe=False, headers={"Cache-Control": "no-store"})


def as_json(value: Any) -> Any:
    """Return what came as JSON in Python's sense as everybody can read it: NaN and infinities become null."""
    if isinstance(value, dict):
        return {name: as_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def in_their_names(field: str, sentence: str) -> str:
    """Return a sentence that begins with our name of `field` in this dialect's name."""
    theirs = THEIRS.get(re.sub(r"\.\d+", "", field))
    return f"{theirs}{sentence[len(field) :]}" if theirs and sentence.startswith(field) else sentence


def read(request: HttpRequest, kind: type[AnyBody]) -> tuple[AnyBody, dict[str, Any]]:
    """Return the body as `kind`, and as it came.

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
    """Return a refusal of a value, whose sentence begins with the field's name in this dialect."""
    return JobRefused("invalid_parameters", sentence, fields={field: sentence})
