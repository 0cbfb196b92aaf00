"""Views of the simple API: generate, look at a job, list the newest ones."""

import uuid
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from gallery.file_responses import read_file
from generation.errors import JobRefused
from generation.jobs.submission.submit import submit_job
from generation.limits import limits_for
from generation.models import Job
from generation.realtime.waiting import wait_until_finished
from sdsite.accounts.credentials import get_credentials
from sdsite.api.compat.openai.multipart import read_values
from sdsite.api.compat.simple.requests import MOST_WAIT_SECONDS, Asked, in_sent_names, read_request
from sdsite.api.compat.simple.responses import (
    JOB_HEADER,
    PRIVATE,
    SEED_HEADER,
    describe_jobs,
    render,
    reply,
    require_images,
)
from sdsite.api.endpoint import answer_for, endpoint, idempotency_key, json_body
from sdsite.api.errors import Answer, ApiError
from sdsite.api.query_names import refuse_unknown_names

NEWEST = 20  # jobs that /recent lists unless told otherwise
MOST_LISTED = 100
TOO_LONG = "The image is not finished yet; the job goes on, and GET {} shows it."


@csrf_exempt  # both views check the token of a session themselves
async def generate(request: HttpRequest) -> HttpResponse:
    """Generate: POST answers JSON, GET the image itself."""
    view = image_of_query if request.method in ("GET", "HEAD") else text_to_image
    answer: HttpResponse = await view(request)
    return answer


@endpoint(render, scope="generate")
async def text_to_image(request: HttpRequest) -> HttpResponse:
    """Generate images by a body of JSON."""
    return await _generate(request, await sync_to_async(json_body)(request))


@endpoint(render, scope="generate")
async def image_to_image(request: HttpRequest) -> HttpResponse:
    """Generate images from the one in `image` by a body of JSON."""
    values = await sync_to_async(json_body)(request)
    if not (values.get("image") or values.get("init_image") or values.get("init_img")):
        sentence = "image is required: base64, a data: URL or an address"
        raise JobRefused("invalid_parameters", sentence, fields={"image": sentence})
    return await _generate(request, values)


@endpoint(render, scope="generate", methods=("GET",))
async def image_of_query(request: HttpRequest) -> HttpResponse:
    """Generate one image by the query and answer with its file; only with a key.

    A page of another site can make a logged-in browser open any address, and what looks for links sends HEAD.
    """
    if request.method == "HEAD":
        raise ApiError("method_not_allowed", "GET generates an image; HEAD would, too, and show nothing.")
    if get_credentials(request).key is None:
        raise ApiError("unauthorized", "Send an API key: this address generates, and takes no session.")
    asked = await sync_to_async(_read)(request, read_values(request.GET))
    if asked.requested.count != 1:
        sentence = f"{asked.names['count']} must be 1: the answer is one image"
        raise JobRefused("invalid_parameters", sentence, fields={asked.names["count"]: sentence})
    job = await wait_until_finished(await sync_to_async(_submit)(request, asked), MOST_WAIT_SECONDS)
    return await sync_to_async(_answer_with_file)(request, job)


@endpoint(render, scope="read", methods=("GET",))
async def status(request: HttpRequest, job_id: str) -> HttpResponse:
    """Return one of the caller's jobs; `return_base64` puts the files in."""
    return await sync_to_async(_status)(request, job_id)


@endpoint(render, scope="read", methods=("GET",))
async def recent(request: HttpRequest) -> HttpResponse:
    """Return the caller's newest jobs."""
    return await sync_to_async(_recent)(request)


def _read(request: HttpRequest, values: Mapping[str, Any]) -> Asked:
    return read_request(values, limits_for(get_credentials(request)))


def _submit(request: HttpRequest, asked: Asked) -> Job:
    try:
        return submit_job(
            credentials=get_credentials(request),
            parameters=asked.requested,
            source=Job.Source.SIMPLE,
            idempotency_key=idempotency_key(request),
        )
    except JobRefused as refused:
        raise in_sent_names(refused, asked.names) from refused


async def _generate(request: HttpRequest, values: Mapping[str, Any]) -> HttpResponse:
    """Submit a job and answer once it has finished; hanging up ends the wait, not the job."""
    asked = await sync_to_async(_read)(request, values)
    job = await sync_to_async(_submit)(request, asked)
    job = await wait_until_finished(job, asked.manner.wait)
    return await sync_to_async(_answer)(request, asked, job)


def _answer(request: HttpRequest, asked: Asked, job: Job) -> HttpResponse:
    try:
        if job.is_finished:
            require_images(job, get_credentials(request))
        with_files = job.is_finished and asked.manner.return_base64
        [said] = describe_jobs(request, [job], with_files=with_files)
        response: HttpResponse = reply(said, status=200 if job.is_finished else 202)
    except Exception as error:
        response = render(answer_for(error))
    response[JOB_HEADER] = str(job.pk)
    response["Location"] = _address(request, job)
    return response


def _answer_with_file(request: HttpRequest, job: Job) -> HttpResponse:
    try:
        if not job.is_finished:
            return render(Answer("timeout", TOO_LONG.format(_address(request, job)), status=504))
        image = require_images(job, get_credentials(request))[0]
        headers = {**PRIVATE, JOB_HEADER: str(job.pk), SEED_HEADER: str(image.seed)}
        return HttpResponse(read_file(image), content_type=f"image/{image.format}", headers=headers)
    except Exception as error:
        response = render(answer_for(error))
        response[JOB_HEADER] = str(job.pk)
        return response


def _address(request: HttpRequest, job: Job) -> str:
    return request.build_absolute_uri(reverse("simple_status", args=[str(job.pk)]))


def _status(request: HttpRequest, job_id: str) -> HttpResponse:
    refuse_unknown_names(request, ["return_base64"])
    try:
        key = uuid.UUID(job_id)
    except ValueError as error:
        raise Http404 from error
    job = Job.objects.visible_to(request.user).select_related("checkpoint").filter(pk=key).first()  # type: ignore[arg-type]
    if job is None:
        raise Http404
    with_files = request.GET.get("return_base64", "").lower() in ("1", "true", "on", "yes")
    return reply(describe_jobs(request, [job], with_files=with_files)[0])


def _recent(request: HttpRequest) -> HttpResponse:
    refuse_unknown_names(request, ["limit"])
    text = request.GET.get("limit", "") or str(NEWEST)
    most = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
    if not 1 <= most <= MOST_LISTED:
        sentence = f"limit must be 1 to {MOST_LISTED}; got {text:.20}"
        raise JobRefused("invalid_parameters", sentence, fields={"limit": sentence})
    mine = Job.objects.visible_to(request.user).select_related("checkpoint")  # type: ignore[arg-type]
    return reply({"jobs": describe_jobs(request, list(mine.order_by("-created_at")[:most]))})
