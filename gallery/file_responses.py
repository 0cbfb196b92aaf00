"""Responses with the files and thumbnails of images and uploads, with access checks and HTTP caching."""

import uuid
from collections.abc import Iterable
from typing import Annotated, Literal

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from ninja import Query

from gallery.imaging import thumbnails
from gallery.imaging.embedded_text import UnreadableFile
from gallery.imaging.strip_metadata import strip_metadata
from gallery.kept_steps import FORMAT, NoSuchStep, read_step, step_name
from gallery.models import Image, Upload
from gallery.models.image import THUMBNAIL_COLUMNS, manages_images
from sdsite.accounts.authentication import key_or_login_required
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.core.conditional_get import conditional_response, entity_tag

# Of the API's routes; `respond_with_file` reads it from the request, as it does for pages.
Download = Annotated[str | None, Query(description="Present, with any value: suggest a file name to save under.")]
Metadata = Annotated[
    Literal["keep", "none"], Query(description="none: without prompt, settings and EXIF; the pixels are the same.")
]
# A stored file never changes. "private": a shared cache must not store what only its owner may see.
CACHING = "private, max-age=31536000, immutable"
# What somebody shares may be taken back: a browser may keep it, and asks each time whether it may still show it.
CACHING_OF_SHARED = "private, no-cache"


LONGEST_SIDE_TEXT = 10  # characters
MOST_ANSWER_BYTES = 128_000_000  # of files in one answer: base64 and JSON take four times as much memory


class AnswerTooLarge(Exception):
    """The files of the images that one answer should hold are larger together than MOST_ANSWER_BYTES."""

    def __init__(self, size: int) -> None:
        """Build the message for people."""
        super().__init__(
            f"The images are finished, but together they have {size // 10**6} MB, and one answer holds at most "
            f"{MOST_ANSWER_BYTES // 10**6} MB. They are in the library: take their files one by one."
        )


def check_answer_size(images: Iterable[Image | Upload]) -> None:
    """Check that the files of `images` fit into one answer, before any of them is read.

    Raises:
        AnswerTooLarge: they do not.
    """
    size = sum(image.size_bytes for image in images)
    if size > MOST_ANSWER_BYTES:
        raise AnswerTooLarge(size)


def read_file(image: Image | Upload, *, plain: bool = False) -> bytes:
    """Return the file of an image or upload that the caller was already allowed to see; `plain`: without metadata.

    Raises:
        Http404: the file is missing in the storage.
    """
    return _stripped(_read(image.file)) if plain else _read(image.file)


def _read(name: str) -> bytes:
    try:
        with default_storage.open(name) as file:
            data: bytes = file.read()
    except OSError as error:
        raise Http404("The file of this image is missing.") from error
    return data


class Quarantined(Exception):
    """An image under review was asked for by its owner."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__("This image is under review by a moderator.")


def respond_with_file(request: HttpRequest, image: Image | Upload, *, thumbnail: int | None = None) -> HttpResponse:
    """Return the file of an image or upload whose row the caller may see, or its thumbnail of that longest side.

    `thumbnail` is a key of THUMBNAIL_COLUMNS; an image that is smaller, and every upload, has only the one of 512.
    The owner of an image under review gets a grey thumbnail and no file; one that a moderator blurred is blurred to
    all but its owner and moderators. With `?metadata=none` the file has the same
    pixels and neither prompt nor settings nor EXIF.

    Raises:
        Http404: the file is missing in the storage, or its metadata cannot be removed.
        Quarantined: the image is under review, and the caller is no moderator.
    """
    credentials = get_credentials(request)
    if isinstance(image, Image) and image.is_withheld_from(credentials):
        if not thumbnail:
            raise Quarantined
        grey = thumbnails.make_placeholder((image.width, image.height))
        return HttpResponse(grey, content_type=f"image/{thumbnails.FORMAT}", headers={"Cache-Control": "no-store"})
    is_shared = image.owner_id != credentials.user.pk
    plain = isinstance(image, Image) and image.hides_settings_from(credentials)
    if isinstance(image, Image) and is_blurred_for(image, credentials):
        return serve_blurred(request, image)
    return serve_file(request, image, thumbnail=thumbnail, is_shared=is_shared, plain=plain)


def is_blurred_for(image: Image, credentials: Credentials) -> bool:
    """Tell whether `credentials`, which may see the image, only see it blurred, because a moderator decided so."""
    is_own = image.owner_id == credentials.user.pk
    return image.blurred_at is not None and not is_own and not manages_images(credentials)


def serve_blurred(request: HttpRequest, image: Image) -> HttpResponse:
    """Return a blurred copy of an image, for its file and for its thumbnails, whatever let the caller see it.

    Raises:
        Http404: the file is missing in the storage.
    """
    etag = f'"{image.sha256[:32]}-b"'
    known = conditional_response(request, etag, CACHING_OF_SHARED)
    if known is not None:
        return known
    response = HttpResponse(thumbnails.make_blurred(_read(image.thumbnail)), content_type=f"image/{thumbnails.FORMAT}")
    response["ETag"] = etag
    response["Cache-Control"] = CACHING_OF_SHARED
    response["X-Content-Type-Options"] = "nosniff"
    if "download" in request.GET:
        name = f"{image.download_name.rpartition('.')[0]}.{thumbnails.FORMAT}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def serve_file(
    request: HttpRequest, image: Image | Upload, *, thumbnail: int | None, is_shared: bool, plain: bool
) -> HttpResponse:
    """Return the file, or a thumbnail, of an image that the caller may see, whatever let them.

    `is_shared`: its owner may take it back, so caches ask before they show it again. `plain`: without metadata, as
    with `?metadata=none`.

    Raises:
        Http404: the file is missing in the storage, or its metadata cannot be removed.
    """
    name = _file_name(image, thumbnail)
    etag = f'"{image.sha256[:32]}{"" if thumbnail is None else "-t" if name == image.thumbnail else f"-{thumbnail}"}"'
    plain = thumbnail is None and (plain or request.GET.get("metadata") == "none")
    caching = CACHING_OF_SHARED if is_shared else CACHING
    etag = f'{etag[:-1]}-n"' if plain else etag
    known = conditional_response(request, etag, caching)
    if known is not None:
        return known
    data = _stripped(_read(name)) if plain else _read(name)
    response = HttpResponse(data, content_type=f"image/{thumbnails.FORMAT}" if thumbnail else image.content_type)
    response["ETag"] = etag
    response["Cache-Control"] = caching
    response["X-Content-Type-Options"] = "nosniff"
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="{image.download_name}"'
    return response


def respond_with_step(request: HttpRequest, image: Image, step: int) -> HttpResponse:
    """Return the preview of a kept step of an image as the caller may see it (`Image.as_seen_by`).

    Caches ask each time: the image may be put under review, or its owner may take back what others see.

    Raises:
        Http404: the step was not kept.
        Quarantined: the image is under review, and the caller is no moderator.
    """
    if image.is_withheld_from(get_credentials(request)):
        raise Quarantined
    try:
        data = read_step(image, step)
    except NoSuchStep as error:
        raise Http404("This step was not kept.") from error
    etag = entity_tag(data)
    known = conditional_response(request, etag, CACHING_OF_SHARED)
    if known is not None:
        return known
    headers = {"ETag": etag, "Cache-Control": CACHING_OF_SHARED, "X-Content-Type-Options": "nosniff"}
    if "download" in request.GET:
        name = f"{image.download_name.rpartition('.')[0]}-{step_name(step)}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return HttpResponse(data, content_type=f"image/{FORMAT}", headers=headers)


def _stripped(data: bytes) -> bytes:
    try:
        return strip_metadata(data)
    except UnreadableFile as error:
        raise Http404("The metadata of this file cannot be removed.") from error


def _file_name(image: Image | Upload, thumbnail: int | None) -> str:
    if thumbnail is None:
        return image.file
    return image.thumbnail_of(thumbnail) if isinstance(image, Image) else image.thumbnail


def thumbnail_side(request: HttpRequest) -> int:
    """Return the `?size=` of a thumbnail: 256, 512 (left out) or 1024 pixels on the longest side.

    Raises:
        Http404: it is another one.
    """
    wanted = request.GET.get("size", str(thumbnails.SIDE))
    side = int(wanted) if wanted.isdecimal() and len(wanted) < LONGEST_SIDE_TEXT else 0
    if side not in THUMBNAIL_COLUMNS:
        raise Http404("size must be 256, 512 or 1024.")
    return side


@require_safe
@key_or_login_required("read", shows_public=True)
def image_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Serve the full-size file; 404 for those with whom it is not shared, 403 while the image is under review."""
    try:
        return respond_with_file(request, get_object_or_404(Image.objects.visible_to(get_credentials(request)), pk=pk))
    except Quarantined as refused:
        return HttpResponseForbidden(str(refused), content_type="text/plain", headers={"Cache-Control": "no-store"})


@require_safe
@key_or_login_required("read", shows_public=True)
def image_thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Serve the thumbnail; 404 for those with whom the image is not shared."""
    image = get_object_or_404(Image.objects.visible_to(get_credentials(request)), pk=pk)
    return respond_with_file(request, image, thumbnail=thumbnail_side(request))


@require_safe
@key_or_login_required("read", shows_public=True)
def image_step(request: HttpRequest, pk: uuid.UUID, step: int) -> HttpResponse:
    """Serve the preview of a kept step; 404 where there is none, 403 while the image is under review."""
    credentials = get_credentials(request)
    image = get_object_or_404(Image.objects.visible_to(credentials), pk=pk).as_seen_by(credentials)
    try:
        return respond_with_step(request, image, step)
    except Quarantined as refused:
        return HttpResponseForbidden(str(refused), content_type="text/plain", headers={"Cache-Control": "no-store"})
