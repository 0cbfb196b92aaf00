"""API route that imports image files of other programs into the library."""

from datetime import UTC, datetime
from typing import Annotated, Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from gallery.actions.collections import add_images, get_or_create_collection
from gallery.actions.uploads import UploadRefused, most_bytes
from gallery.models.collection import LONGEST_NAME
from gallery.serializers import ImageOut, serialize_image
from generation.importing import import_image
from generation.queue.state import refuse_in_maintenance
from sdsite.accounts.roles.backend import require
from sdsite.accounts.scopes import require_scope

router = Router(tags=["Images"])

FIELD = "file"
FORM_OVERHEAD = 64 * 1024  # bytes that a form may have besides its file
LATEST = 4_102_444_800_000  # the year 2100, in milliseconds
_FILE = {"type": "string", "format": "binary"}
_FORM = {"schema": {"type": "object", "properties": {FIELD: _FILE}, "required": [FIELD]}}
_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": _FORM}}}


class ImportedOut(BaseModel):
    """What became of a file."""

    image: ImageOut = Field(description="Its row, or the earlier one of the same file.")
    imported: bool = Field(description="False: the file was there already, perhaps in the trash.", examples=[True])
    source: str = Field(description="The program that generated it; none: it has no settings.", examples=["A1111"])


@router.post(
    "/images/import",
    response={200: ImportedOut, 201: ImportedOut},
    operation_id="import_image",
    summary="Import an image of another program",
    openapi_extra=_BODY,
)
def post_image(
    request: HttpRequest,
    modified: Annotated[
        int | None,
        Query(ge=0, le=LATEST, description="Date of the file, ms since 1970, if it states none."),
    ] = None,
    collection: Annotated[
        str | None, Query(max_length=LONGEST_NAME, description="Name of a collection of yours that it is put into.")
    ] = None,
) -> Status[ImportedOut]:
    """Store a PNG, JPEG or WebP file byte for byte as one of your images, with the settings that are in it.

    Reads what `POST /api/v1/settings-of` reads. 201: imported; 200: it was there already. Needs the scope `write`.
    """
    require_scope(request, "write")
    owner: Any = request.user
    refuse_in_maintenance(owner)
    require(owner, "gallery.upload_image")
    sent = _sent(request)
    moment = None if modified is None else datetime.fromtimestamp(modified / 1000, UTC)
    target = get_or_create_collection(owner=owner, name=collection)[0] if collection else None
    done = import_image(owner=owner, data=sent.read(), name=sent.name or "", modified=moment)
    assert done.image is not None
    if target is not None:
        add_images(collection=target, ids=[done.image.pk])
    out = ImportedOut(image=serialize_image(done.image), imported=done.is_new, source=done.source)
    return Status(201 if done.is_new else 200, out)


def _sent(request: HttpRequest) -> UploadedFile:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > most_bytes() + FORM_OVERHEAD:
        raise UploadRefused("body_too_large", f"An image must be at most {most_bytes() / 1e6:.0f} MB.")
    sent = request.FILES.get(FIELD)
    if not isinstance(sent, UploadedFile):
        raise UploadRefused("invalid_parameters", f"The form must have the image in its field {FIELD!r}.")
    return sent
