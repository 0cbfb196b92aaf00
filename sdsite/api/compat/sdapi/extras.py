"""The extras endpoints of AUTOMATIC1111's API: upscale finished images, read the settings in an image file."""

import re
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError

from gallery.file_responses import check_answer_size, read_file
from gallery.imaging.embedded_text import UnreadableFile, read_texts
from gallery.models import Image, Upload
from generation.errors import JobRefused, refusal_from_validation
from generation.jobs.submission.input_images import store_input_images
from generation.models import Job
from generation.parameters.metadata.programs import load
from generation.parameters.metadata.sections import divide
from generation.parameters.ranges import IMAGES_A_CALL, LARGEST_FINISHED_SIDE
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.api.compat.sdapi.generate import read_images, stop, submit, wait_for_end
from sdsite.api.compat.sdapi.images import decode_bytes, encoded, reference
from sdsite.api.compat.sdapi.names import is_given, upscaler_named
from sdsite.api.compat.sdapi.responses import Body, read, refuse, reply

BY_FACTOR, TO_SIZE = 0, 1
SAME_SHAPE = 0.01  # relative difference of two factors up to which they count as equal
_SIZE = re.compile(r"(\d+)x(\d+)")


class Extras(Body):
    """Upscaling settings of both endpoints."""

    resize_mode: int | None = BY_FACTOR
    upscaling_resize: float | None = 2
    upscaling_resize_w: int | None = 512
    upscaling_resize_h: int | None = 512
    upscaling_crop: bool | None = True
    upscaler_1: str | None = None
    upscaler_2: str | None = None


class SingleExtras(Extras):
    """Body of extra-single-image."""

    image: str = ""


class NamedImage(Body):
    """One image of a batch."""

    data: str
    name: str | None = None


class BatchExtras(Extras):
    """Body of extra-batch-images."""

    imageList: list[NamedImage] = []  # noqa: N815  the client's name


class ImageBody(Body):
    """Body of png-info and interrogate."""

    image: str = ""
    model: str | None = None


async def single(request: HttpRequest) -> HttpResponse:
    """Upscale one image."""
    asked, _ = await sync_to_async(read)(request, SingleExtras)
    upscaled = await _upscale(asked, [asked.image], "image", get_credentials(request))
    return reply({"html_info": "", "image": upscaled[0]})


async def batch(request: HttpRequest) -> HttpResponse:
    """Upscale several images, all or none."""
    asked, _ = await sync_to_async(read)(request, BatchExtras)
    if not 1 <= len(asked.imageList) <= IMAGES_A_CALL:
        raise refuse("imageList", f"imageList must be 1 to {IMAGES_A_CALL} images; got {len(asked.imageList)}")
    given = [image.data for image in asked.imageList]
    return reply({"html_info": "", "images": await _upscale(asked, given, "imageList", get_credentials(request))})


async def _upscale(asked: Extras, given: list[str], field: str, credentials: Credentials) -> list[str]:
    if not all(given):
        raise refuse(field, f"{field} must be an image as base64; got none")
    name = next((name for name in (asked.upscaler_1, asked.upscaler_2) if is_given(name)), None)
    if name is None:  # AUTOMATIC1111 returns the images unchanged as well
        return await sync_to_async(_unchanged)(given, credentials)
    jobs = await sync_to_async(_submit_all)(asked, given, name, credentials)
    done = [await wait_for_end(job) for job in jobs]
    return await sync_to_async(_files)(done, credentials)


def _submit_all(asked: Extras, given: list[str], name: str, credentials: Credentials) -> list[Job]:
    """Queue a job for each image; when one is refused, cancel the others."""
    jobs: list[Job] = []
    try:
        for image in given:
            jobs.append(submit(_requested(asked, image, upscaler_named(name, credentials), credentials), credentials))
    except Exception:
        stop(jobs, credentials.user)
        raise
    return jobs


def _requested(asked: Extras, image: str, upscaler: str, credentials: Credentials) -> GenerationParameters:
    try:
        requested = GenerationParameters(task="upscale", init_image=reference(image), upscaler=upscaler)
        if asked.resize_mode != TO_SIZE:
            return requested.with_changes(upscale_by=2 if asked.upscaling_resize is None else asked.upscaling_resize)
        stored = store_input_images(requested, credentials.user)
        return stored.requested.with_changes(upscale_by=_factor(asked, stored.sizes["init_image"]))
    except ValidationError as error:
        raise refusal_from_validation(error) from error


def _factor(asked: Extras, size: tuple[int, int]) -> float:
    """Return the scale for the size asked for; nothing is cropped, so the aspect ratios must be the same."""
    wanted = (asked.upscaling_resize_w or 512, asked.upscaling_resize_h or 512)
    for name, side in zip(("upscaling_resize_w", "upscaling_resize_h"), wanted, strict=True):
        if not 1 <= side <= LARGEST_FINISHED_SIDE:
            raise refuse(name, f"{name} must be 1 to {LARGEST_FINISHED_SIDE}")
    scales = [to / side for to, side in zip(wanted, size, strict=True)]
    if asked.upscaling_crop is not False and max(scales) - min(scales) > SAME_SHAPE * max(scales):
        raise refuse(
            "upscaling_crop",
            "upscaling_crop must be false where upscaling_resize_w x upscaling_resize_h has another aspect ratio than "
            f"the image, which is {size[0]}x{size[1]}: nothing is cropped here",
        )
    return max(scales)


def _files(jobs: list[Job], credentials: Credentials) -> list[str]:
    check_answer_size(Image.objects.kept().filter(job_id__in=[job.pk for job in jobs]))
    found = [read_images(job, credentials) for job in jobs]
    if not all(found):
        raise JobRefused("cancelled", "The job was cancelled.", status=409)
    return [encoded(images[0][1]) for images in found]


def _unchanged(given: list[str], credentials: Credentials) -> list[str]:
    requests = [GenerationParameters(task="upscale", init_image=reference(image)) for image in given]
    user = credentials.user
    ids = [str(store_input_images(requested, user).requested.init_image).partition(":")[2] for requested in requests]
    rows = {str(row.pk): row for row in Upload.objects.owned_by(user).filter(pk__in=ids)}
    check_answer_size(rows[pk] for pk in ids)
    return [encoded(read_file(rows[pk])) for pk in ids]


def png_info(request: HttpRequest) -> HttpResponse:
    """Return the settings in an image file; nothing is stored."""
    asked, _ = read(request, ImageBody)
    try:
        texts = read_texts(decode_bytes(asked.image, "image"))
    except UnreadableFile as error:
        raise JobRefused("unreadable_settings", str(error), fields={"image": str(error)}) from error
    info = texts.get("parameters", "")
    return reply({"info": info, "items": texts, "parameters": _pairs(info)})


def _pairs(info: str) -> dict[str, Any]:
    """Return the settings by AUTOMATIC1111's names, which splits a size into width and height."""
    pairs: dict[str, Any] = {}
    if not info.strip() or load(info)[0] is not None:
        return {}  # JSON of another program is no infotext
    parts = divide(info)
    named = {**parts.pairs.values, "Prompt": parts.prompt, "Negative prompt": parts.negative}
    for name, value in named.items():
        if size := _SIZE.fullmatch(value):
            pairs |= {f"{name}-1": size[1], f"{name}-2": size[2]}
        else:
            pairs[name] = value
    return pairs


def interrogate(request: HttpRequest) -> HttpResponse:
    """Refuse: the site has no model that describes images.

    Raises:
        JobRefused: 501.
    """
    sentence = "interrogate: the site has no model that describes images."
    raise JobRefused("not_supported", sentence, status=501)
