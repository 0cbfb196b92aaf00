"""txt2img and img2img of AUTOMATIC1111's API: submit a job, wait until it has finished, answer with its images."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse

from gallery.file_responses import Quarantined, check_answer_size, read_file
from gallery.models import Image
from generation.jobs.cancel import cancel_job
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.realtime.waiting import MOST_SECONDS, JobUnsuccessful, wait_until_finished
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.models import User
from sdsite.api.compat.sdapi import options, task_ids
from sdsite.api.compat.sdapi.images import encoded
from sdsite.api.compat.sdapi.info import build_info
from sdsite.api.compat.sdapi.notes import build_notes
from sdsite.api.compat.sdapi.requests import ImageToImage, TextToImage, build_parameters, overrides_to_store
from sdsite.api.compat.sdapi.responses import as_json, read, reply


async def text_to_image(request: HttpRequest) -> HttpResponse:
    """Generate images from text."""
    return await _generate(request, TextToImage)


async def image_to_image(request: HttpRequest) -> HttpResponse:
    """Generate images from an image, or inpaint it."""
    return await _generate(request, ImageToImage)


async def _generate(request: HttpRequest, kind: type[TextToImage]) -> HttpResponse:
    asked, raw = await sync_to_async(read)(request, kind)
    credentials = get_credentials(request)
    job = await sync_to_async(_submit)(asked, credentials)
    job = await wait_for_end(job)
    return await sync_to_async(_respond)(job, asked, raw, credentials)


def _submit(asked: TextToImage, credentials: Credentials) -> Job:
    # Both may refuse, so they come before the job.
    requested, overrides = build_parameters(asked, credentials), overrides_to_store(asked, credentials)
    job = submit(requested, credentials)
    if asked.force_task_id:
        task_ids.remember(credentials.user.pk, asked.force_task_id, job.pk)
    if overrides:
        options.store(credentials, overrides)
    return job


def submit(requested: GenerationParameters, credentials: Credentials) -> Job:
    """Queue `requested` as a job of this dialect."""
    return submit_job(credentials=credentials, parameters=requested, source=Job.Source.SDAPI)


async def wait_for_end(job: Job) -> Job:
    """Return `job` once it has finished; there is no time limit here, and hanging up ends only the wait."""
    while not job.is_finished:
        job = await wait_until_finished(job, MOST_SECONDS)
    return job


def stop(jobs: list[Job], user: User) -> None:
    """Cancel `jobs`; those that have finished meanwhile stay as they are."""
    for job in jobs:
        cancel_job(job=job, actor=user)


def read_images(job: Job, credentials: Credentials) -> list[tuple[Image, bytes]]:
    """Return the images of a finished job with their files; of a cancelled one those that were completed.

    Raises:
        JobUnsuccessful: it failed, or a file is missing.
        Quarantined: all of its images are under review.
        AnswerTooLarge: they do not fit into one answer.
    """
    if job.status == Job.Status.FAILED:
        raise JobUnsuccessful(job)
    rows = list(Image.objects.kept().of_job(job.pk))
    shown = [row for row in rows if not row.is_withheld_from(credentials)]
    if rows and not shown:
        raise Quarantined
    check_answer_size(shown)
    try:
        return [(row, read_file(row)) for row in shown]
    except Http404 as error:
        raise JobUnsuccessful(job) from error


def _respond(job: Job, asked: TextToImage, raw: dict[str, Any], credentials: Credentials) -> HttpResponse:
    images = read_images(job, credentials)
    echo = {**asked.model_dump(mode="json"), **raw}
    if isinstance(asked, ImageToImage) and not asked.include_init_images:
        echo |= {"init_images": None, "mask": None}
    answer = {
        "images": [encoded(data) for _, data in images] if asked.send_images is not False else [],
        "parameters": as_json(echo),
        "info": build_info(
            job,
            images,
            batch_size=asked.batch_size or 1,
            styles=asked.styles or (),
            notes=build_notes(asked, job, credentials),
        ),
    }
    return reply(answer)
