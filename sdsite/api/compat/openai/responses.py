"""Responses of OpenAI's images API: images, models and errors.

{"error": {"message": "...", "type": "invalid_request_error", "param": "size", "code": "invalid_parameters"}}
"""

import base64
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from gallery.file_responses import Quarantined, check_answer_size, read_file
from gallery.models import Image
from generation.models import Checkpoint, Job
from generation.realtime.waiting import JobUnsuccessful
from sdsite.accounts.authentication import CHALLENGE
from sdsite.api.compat.openai.requests import ImagesRequest
from sdsite.api.compat.openai.signed_urls import link_to
from sdsite.api.errors import Answer, get_status

JOB_HEADER = "X-Sdsite-Job"
# The SDK sends a failed request again by itself, which would be a second job; this header forbids it.
ONCE = {"x-should-retry": "false"}

# Native field -> OpenAI's; others have the same name there, or came as extra fields.
PARAMS: Mapping[str, str] = {
    "width": "size",
    "height": "size",
    "count": "n",
    "checkpoint": "model",
    "init_image": "image",
    "mask_image": "mask",
}
# Native error code -> OpenAI's.
CODES: Mapping[str, str] = {
    "unauthorized": "invalid_api_key",
    "rate_limited": "rate_limit_exceeded",
    "quota_exceeded": "insufficient_quota",
    "refused_by_safety": "moderation_blocked",
    "refused_by_rule": "moderation_blocked",
    "quarantined": "moderation_blocked",
}
TYPES_OF_CODES: Mapping[str, str] = {
    "insufficient_quota": "insufficient_quota",
    "moderation_blocked": "image_generation_user_error",
}
TYPES: Mapping[int, str] = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
# OpenAI answers an invalid value with 400, and so a prompt that it blocks.
STATUSES: Mapping[int, int] = {422: 400}
BLOCKED = "refused_by_rule"


def build_error(answer: Answer) -> dict[str, Any]:
    """Return the body of an error."""
    code, status = CODES.get(answer.code, answer.code), _status(answer)
    kind = TYPES_OF_CODES.get(code) or TYPES.get(status) or ("server_error" if status >= 500 else "")
    field = next(iter(answer.fields), None)
    return {
        "error": {
            "message": answer.message,
            "type": kind or "invalid_request_error",
            "param": PARAMS.get(field, field) if field else None,
            "code": code,
        }
    }


def _status(answer: Answer) -> int:
    status = get_status(answer)
    return 400 if answer.code == BLOCKED else STATUSES.get(status, status)


def render(answer: Answer) -> HttpResponse:
    """Return the response for an error."""
    status = _status(answer)
    headers = {"Cache-Control": "no-store", **answer.headers}
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    return JsonResponse(build_error(answer), status=status, headers=headers)


def get_images(job: Job) -> list[Image]:
    """Return the images of a finished job that its owner may have.

    Raises:
        JobUnsuccessful: it made none.
        Quarantined: all of them are under review.
    """
    images = list(Image.objects.kept().of_job(job.pk)) if job.status == Job.Status.SUCCEEDED else []
    if not images:
        raise JobUnsuccessful(job)
    shown = [image for image in images if image.quarantined_at is None]
    if not shown:
        raise Quarantined
    return shown


def images_answer(request: HttpRequest, asked: ImagesRequest, job: Job) -> dict[str, Any]:
    """Return the body of an answer with the images of a finished job.

    Raises:
        JobUnsuccessful, Quarantined: as `get_images`.
        AnswerTooLarge: the files do not fit into one answer.
    """
    images = get_images(job)
    if not asked.wants_url():
        check_answer_size(images)
    finished = job.finished_at or job.created_at
    data = [_datum(request, asked, job, image) for image in images]
    return {"created": int(finished.timestamp()), "data": data, **build_facts(asked, images[0])}


def _datum(request: HttpRequest, asked: ImagesRequest, job: Job, image: Image) -> dict[str, Any]:
    content = {"url": link_to(request, image)} if asked.wants_url() else {"b64_json": in_base64(image, job)}
    return {**content, "seed": image.seed, **revised(asked, image)}


def build_facts(asked: ImagesRequest, image: Image) -> dict[str, Any]:
    """Return the properties of an image that responses and events share."""
    facts = {"background": "opaque", "output_format": image.format, "size": f"{image.width}x{image.height}"}
    return facts | ({"quality": asked.quality} if asked.quality else {})


def revised(asked: ImagesRequest, image: Image) -> dict[str, str]:
    """Return the prompt that the image was generated from, where wildcards or styles changed it."""
    return {"revised_prompt": image.prompt} if asked.prompt and image.prompt != asked.prompt else {}


def in_base64(image: Image, job: Job) -> str:
    """Return the image's file in base64.

    Raises:
        JobUnsuccessful: the file is missing.
    """
    try:
        return base64.b64encode(read_file(image)).decode()
    except Http404 as error:
        raise JobUnsuccessful(job) from error


def model_answer(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return a checkpoint as a model of OpenAI's list."""
    created = int(checkpoint.created_at.timestamp())
    return {"id": checkpoint.slug, "object": "model", "created": created, "owned_by": "sdsite"}
