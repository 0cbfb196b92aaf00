"""API routes of uploads; the site mounts them at /api/v1."""

import uuid
from typing import Annotated, Any, Literal

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel

from gallery.actions.uploads import UploadRefused, delete_uploads, most_bytes, store_upload
from gallery.file_responses import Download, respond_with_file
from gallery.imaging import thumbnails
from gallery.models import Upload
from gallery.serializers import UploadOut, serialize_upload
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination

router = Router(tags=["Uploads"])

UploadKind = Literal["image", "mask"]
FIELD = "file"
FORM_OVERHEAD = 64 * 1024  # bytes that a form may have besides its file
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "properties": {FIELD: _BINARY["schema"]}, "required": [FIELD]}}
_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": _FORM, "image/*": _BINARY}}}
_PNG = {"responses": {200: {"content": {"image/png": _BINARY}}}}
_WEBP = {"responses": {200: {"content": {"image/webp": _BINARY}}}}


class UploadPage(BaseModel):
    """Uploads, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[UploadOut]
    next: str | None


@router.post(
    "/uploads",
    response={201: UploadOut},
    operation_id="create_upload",
    summary="Upload an image",
    openapi_extra=_BODY,
)
def create_upload(
    request: HttpRequest,
    response: HttpResponse,
    kind: Annotated[UploadKind, Query(description="What it is for; masks are not on the page of uploads.")] = "image",
) -> Status[UploadOut]:
    """Upload an input image: a form with the field `file`, or the image itself as the body.

    PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF, detected by content. It is turned upright and stored without loss; of an
    animation the first frame is stored. The same image again is the same upload. Needs the scope `generate`.
    """
    require_scope(request, "generate")
    owner: Any = request.user
    upload = store_upload(owner=owner, data=_read_image(request), is_mask=kind == "mask")
    response["Location"] = reverse("api:get_upload", args=[upload.pk])
    return Status(201, serialize_upload(upload))


def _read_image(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > most_bytes() + FORM_OVERHEAD:
        raise UploadRefused("body_too_large", f"An image must be at most {most_bytes() / 1e6:.0f} MB.")
    if request.content_type != "multipart/form-data":
        return request.body
    sent = request.FILES.get(FIELD)
    if not isinstance(sent, UploadedFile):
        raise UploadRefused("invalid_parameters", f"The form must have the image in its field {FIELD!r}.")
    return sent.read()


@router.get("/uploads", response=UploadPage, operation_id="list_uploads", summary="List your uploads")
def list_uploads(
    request: HttpRequest,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
    kind: Annotated[UploadKind | None, Query(description="Only images, or only masks.")] = None,
) -> UploadPage:
    """Return your uploads, newest first, a page at a time. Needs the scope `read`."""
    require_scope(request, "read")
    own = Upload.objects.owned_by(request.user).of_kind(kind)  # type: ignore[arg-type]
    page = pagination.page(own, limit=limit, cursor=cursor)
    return UploadPage(items=[serialize_upload(upload) for upload in page.items], next=page.next)


@router.get("/uploads/{upload_id}", response=UploadOut, operation_id="get_upload", summary="Get an upload")
def get_upload(request: HttpRequest, upload_id: uuid.UUID) -> UploadOut:
    """Return an upload's size, the address of its file and its name in requests. Needs the scope `read`."""
    require_scope(request, "read")
    return serialize_upload(_visible(request, upload_id))


@router.delete("/uploads/{upload_id}", response={204: None}, operation_id="delete_upload", summary="Delete an upload")
def delete_upload(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Delete one of your uploads and its file; queued jobs that need it will fail. Needs the scope `write`."""
    require_scope(request, "write")
    own = Upload.objects.owned_by(request.user).filter(pk=upload_id)  # type: ignore[arg-type]
    if not delete_uploads(uploads=own, actor=request.user):
        raise Upload.DoesNotExist
    return HttpResponse(status=204)


@router.get(
    "/uploads/{upload_id}/file",
    operation_id="get_upload_file",
    summary="Get an upload's file",
    openapi_extra=_PNG,
)
def get_upload_file(request: HttpRequest, upload_id: uuid.UUID, download: Download = None) -> HttpResponse:
    """Return the stored PNG file. With `?download` the response suggests a file name. Needs the scope `read`."""
    require_scope(request, "read")
    return respond_with_file(request, _visible(request, upload_id))


@router.get(
    "/uploads/{upload_id}/thumbnail",
    operation_id="get_upload_thumbnail",
    summary="Get an upload's thumbnail",
    openapi_extra=_WEBP,
)
def get_upload_thumbnail(request: HttpRequest, upload_id: uuid.UUID, download: Download = None) -> HttpResponse:
    """Return the thumbnail, a small WebP image. Needs the scope `read`."""
    require_scope(request, "read")
    return respond_with_file(request, _visible(request, upload_id), thumbnail=thumbnails.SIDE)


def _visible(request: HttpRequest, upload_id: uuid.UUID) -> Upload:
    return get_object_or_404(Upload.objects.visible_to(get_credentials(request)), pk=upload_id)
