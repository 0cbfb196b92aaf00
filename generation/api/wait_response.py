"""Answers of requests that wait for their job: the seconds, the accepted format, the image as the body."""

import re

from django.http import Http404, HttpRequest, HttpResponse

from gallery.file_responses import respond_with_file
from gallery.models import Image
from generation.errors import JobRefused
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.realtime.waiting import MOST_SECONDS, JobUnsuccessful

IMAGE_TYPES = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}
_PREFER_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\b", re.IGNORECASE)


def seconds_to_wait(request: HttpRequest, wait: float | None) -> float:
    """Return how long to wait: `wait` from the query, else the header `Prefer: wait=SECONDS` (RFC 7240), else 0.

    A preference is only a hint, so one that is too long is cut to MOST_SECONDS.
    """
    if wait is not None:
        return wait
    found = _PREFER_WAIT.search(request.headers.get("Prefer", ""))
    return min(float(found[1]), float(MOST_SECONDS)) if found else 0.0


def wants_image(request: HttpRequest) -> bool:
    """Tell whether the client would rather have an image than JSON."""
    return request.get_preferred_type(["application/json", *IMAGE_TYPES]) in IMAGE_TYPES


def with_format(request: HttpRequest, requested: GenerationParameters) -> GenerationParameters:
    """Return `requested` with the format that the client accepts; nothing is ever converted afterwards.

    Raises:
        JobRefused: `not_acceptable`: the request names a format that `Accept` does not allow.
    """
    if "output_format" not in requested.model_fields_set:
        return requested.model_copy(
            update={"output_format": IMAGE_TYPES[str(request.get_preferred_type([*IMAGE_TYPES]))]}
        )
    if request.accepts(f"image/{requested.output_format}"):
        return requested
    sentence = f"output_format is {requested.output_format}, but Accept does not allow image/{requested.output_format}"
    raise JobRefused("not_acceptable", sentence, fields={"output_format": sentence}, status=406)


def image_response(request: HttpRequest, job: Job) -> HttpResponse:
    """Return the first image of a finished job as the body.

    Raises:
        JobUnsuccessful: the job made none.
    """
    image = Image.objects.kept().of_job(job.pk).first()
    if image is None or job.status != Job.Status.SUCCEEDED:
        raise JobUnsuccessful(job)
    try:
        response = respond_with_file(request, image)
    except Http404 as error:
        raise JobUnsuccessful(job) from error
    response["Cache-Control"] = "no-store"  # the next POST makes another image
    response["Content-Disposition"] = f'inline; filename="{image.download_name}"'
    response["X-Sdsite-Job"] = str(job.pk)
    response["X-Sdsite-Image"] = str(image.pk)
    response["X-Sdsite-Seed"] = str(image.seed)
    return response
