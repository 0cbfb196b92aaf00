"""Views of OpenAI's images API: parse a request, call the functions that the native API calls, render the response."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from generation.errors import JobRefused
from generation.jobs.submission.submit import submit_job
from generation.limits import limits_for, offered_to
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.realtime.waiting import wait_until_finished
from sdsite.accounts.credentials import get_credentials
from sdsite.api.compat.openai import responses, streaming
from sdsite.api.compat.openai.input_images import build_presets
from sdsite.api.compat.openai.json_images import is_json, read_json
from sdsite.api.compat.openai.multipart import read_form
from sdsite.api.compat.openai.requests import ImagesRequest, build_parameters, get_checkpoint, read_request
from sdsite.api.compat.openai.responses import render
from sdsite.api.endpoint import answer_for, endpoint, idempotency_key, json_body
from sdsite.api.errors import Answer

PATIENCE_SECONDS = 590.0  # the SDK hangs up after 600
TOO_LONG = "The image is not finished yet; the job goes on, and GET /api/v1/jobs/{} shows its progress."


@endpoint(render, scope="generate")
async def generations(request: HttpRequest) -> HttpResponseBase:
    """Generate images from a prompt."""
    asked, requested = await sync_to_async(_from_json)(request)
    return await _generate(request, asked, requested, name="image_generation")


@endpoint(render, scope="generate")
async def edits(request: HttpRequest) -> HttpResponseBase:
    """Generate images from an image, or inpaint the part of it that the mask leaves open."""
    asked, requested = await sync_to_async(_with_images)(request, "edit")
    return await _generate(request, asked, requested, name="image_edit")


@endpoint(render, scope="generate")
async def variations(request: HttpRequest) -> HttpResponseBase:
    """Generate images that resemble the one sent."""
    asked, requested = await sync_to_async(_with_images)(request, "variation")
    return await _generate(request, asked, requested, name="image_variation")


@endpoint(render, scope=None, methods=("GET",))
async def models(request: HttpRequest) -> HttpResponse:
    """List the checkpoints that the caller may use, the default first."""
    return JsonResponse({"object": "list", "data": await sync_to_async(_models)(request)})


@endpoint(render, scope=None, methods=("GET",))
async def model(request: HttpRequest, name: str) -> HttpResponse:
    """Return one of those checkpoints."""
    for found in await sync_to_async(_models)(request):
        if found["id"] == name:
            return JsonResponse(found)
    message = f"The model {name!r:.120} does not exist here; GET /v1/models lists those that do."
    raise JobRefused("model_not_found", message, fields={"model": message}, status=404)


@csrf_exempt  # nothing is changed here, and programs must get the 404 rather than a CSRF error
def unknown_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer 404 in JSON at all other addresses below /v1/."""
    return render(answer_for(Http404()))


def _models(request: HttpRequest) -> list[dict[str, Any]]:
    offered = offered_to(limits_for(get_credentials(request)))
    return [responses.model_answer(checkpoint) for checkpoint in offered]


def _from_json(request: HttpRequest) -> tuple[ImagesRequest, GenerationParameters]:
    asked = read_request(json_body(request))
    return asked, _requested(request, asked, {})


def _with_images(request: HttpRequest, kind: str) -> tuple[ImagesRequest, GenerationParameters]:
    credentials = get_credentials(request)
    values, files = read_json(request, credentials.user) if is_json(request) else read_form(request)
    asked = read_request(values)
    return asked, _requested(request, asked, build_presets(kind, asked, files, credentials))


def _requested(request: HttpRequest, asked: ImagesRequest, presets: Mapping[str, Any]) -> GenerationParameters:
    limits = limits_for(get_credentials(request))
    return build_parameters(asked, checkpoint=get_checkpoint(asked, limits), limits=limits, presets=presets)


async def _generate(
    request: HttpRequest, asked: ImagesRequest, requested: GenerationParameters, *, name: str
) -> HttpResponseBase:
    """Submit a job and answer with its images once it has finished; hanging up ends the wait, not the job."""
    submit = _submitter(request, requested)
    if asked.stream:
        return await streaming.respond(request, asked, submit, name=name)
    job = await submit()
    try:
        job = await wait_until_finished(job, PATIENCE_SECONDS)
        response = await sync_to_async(_answer)(request, asked, job)
    except Exception as error:
        response = render(answer_for(error))
    for header, value in {responses.JOB_HEADER: str(job.pk), "Cache-Control": "no-store", **responses.ONCE}.items():
        response[header] = value
    return response


def _answer(request: HttpRequest, asked: ImagesRequest, job: Job) -> HttpResponse:
    if not job.is_finished:
        return render(Answer("timeout", TOO_LONG.format(job.pk), status=504))
    return JsonResponse(responses.images_answer(request, asked, job))


def _submitter(request: HttpRequest, requested: GenerationParameters) -> Callable[[], Awaitable[Job]]:
    def submit() -> Job:
        return submit_job(
            credentials=get_credentials(request),
            parameters=requested,
            source=Job.Source.OPENAI,
            idempotency_key=idempotency_key(request),
        )

    return sync_to_async(submit)
