"""Answers of the simple API: one object for a job, and one for every error.

{"error": "invalid_parameters", "message": "steps must be 1 to 250; got 0", "fields": {"steps": "..."}}
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from gallery.file_responses import Quarantined, check_answer_size, read_file
from gallery.models import Image
from gallery.models.image import manages_images
from gallery.serializers import ImageOut
from generation.models import Job
from generation.realtime.waiting import JobUnsuccessful
from generation.serializers.jobs import JobOut, serialize_jobs
from sdsite.accounts.authentication import CHALLENGE
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.api.compat.sdapi.images import encoded
from sdsite.api.errors import Answer, get_status

JOB_HEADER = "X-Sdsite-Job"
SEED_HEADER = "X-Sdsite-Seed"
PRIVATE = {"Cache-Control": "no-store"}


def render(answer: Answer) -> HttpResponse:
    """Return the response for an error."""
    status = get_status(answer)
    headers = {**PRIVATE, **answer.headers}
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    body = {"error": answer.code, "message": answer.message, "fields": dict(answer.fields)}
    return JsonResponse(body, status=status, headers=headers)


def reply(value: Any, *, status: int = 200) -> JsonResponse:
    """Return a response that must not be cached."""
    return JsonResponse(value, status=status, headers=PRIVATE)


def describe_jobs(request: HttpRequest, jobs: Sequence[Job], *, with_files: bool = False) -> list[dict[str, Any]]:
    """Return what the API says of jobs; `with_files` puts every image's file in, as base64."""
    return [_describe(request, row, with_files) for row in serialize_jobs(jobs)]


def _describe(request: HttpRequest, job: JobOut, with_files: bool) -> dict[str, Any]:
    everything = manages_images(get_credentials(request))
    shown = [image for image in job.images if everything or not image.quarantined]
    rows = list(Image.objects.kept().of_job(job.id)) if with_files and shown else []
    check_answer_size(rows)
    files = {row.pk: encoded(read_file(row)) for row in rows}
    return {
        "id": str(job.id),
        "status": job.status,
        "progress": 1.0 if job.status == Job.Status.SUCCEEDED else job.progress.fraction,
        "position": job.position,
        "eta_seconds": job.eta_seconds,
        "seconds": job.seconds,
        "created_at": job.created_at,
        "prompt": job.parameters.get("prompt", ""),
        "model_type": job.parameters.get("checkpoint"),
        "images": [_image(request, image, files.get(image.id)) for image in shown],
        "error": job.error.model_dump() if job.error else None,
        "notes": job.notes,
    }


def _image(request: HttpRequest, image: ImageOut, file: str | None) -> dict[str, Any]:
    facts = {"id": str(image.id), "url": request.build_absolute_uri(image.file_url), "seed": image.seed}
    facts |= {"width": image.width, "height": image.height, "format": image.format}
    return facts | ({"base64": file} if file is not None else {})


def require_images(job: Job, credentials: Credentials) -> list[Image]:
    """Return the images of a finished job that the caller may have, at least one.

    Raises:
        JobUnsuccessful: it made none.
        Quarantined: all of them are under review.
    """
    rows = list(Image.objects.kept().of_job(job.pk)) if job.status == Job.Status.SUCCEEDED else []
    if not rows:
        raise JobUnsuccessful(job)
    shown = [row for row in rows if not row.is_withheld_from(credentials)]
    if not shown:
        raise Quarantined
    return shown
