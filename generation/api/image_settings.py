"""Router that reads generation settings from files, texts and images of the library."""

import uuid
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, Field

from gallery.actions.uploads import UploadRefused, most_bytes
from gallery.models import Image
from generation.errors import JobRefused
from generation.image_settings import settings_of_file, settings_of_image, settings_of_text
from generation.parameters.metadata.recovered import Settings
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import json_bodies

router = Router(tags=["Images"])

_MOST_PIECES = 100
_LONGEST_PIECE = 1000  # characters
AROUND = 64 * 1024  # bytes that a form may have around its file
HOW = "Send a form with the field 'file', the image itself as image/*, or JSON with image_id or text."
_FILE = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}},
            "image/*": {"schema": _FILE},
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"image_id": {"type": "string", "format": "uuid"}, "text": {"type": "string"}},
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": False,
                },
                "examples": {
                    "text": {"value": {"text": "a red heart\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42"}},
                    "image": {"value": {"image_id": "2b7d9a10-3c1e-4f6b-8a9d-7e6f5a4b3c2d"}},
                },
            },
        },
    }
}


class SettingsOut(BaseModel):
    """The settings that were read: parameters of this site, and everything else."""

    source: str = Field(description="Who wrote it: sdsite, A1111, Forge, ComfyUI or another program; or text.")
    parameters: dict[str, Any] = Field(description="Parameters in the names and ranges of this site.")
    unknown: dict[str, str] = Field(
        description="Settings without a field here or without an allowed value, as they were named."
    )
    facts: dict[str, str] = Field(description="Facts about the generation that are no parameters: versions, hashes.")
    notes: list[str] = Field(description="Sentences about what was left out, and why.")
    skipped: list[str] = Field(description="Pieces of a settings text that are no setting.")


@router.post(
    "/settings-of",
    response=SettingsOut,
    operation_id="settings_of",
    summary="Read the settings of an image",
    openapi_extra=_BODY,
)
def settings_of(request: HttpRequest) -> SettingsOut:
    """Return the settings in an image file, a text or an image of the library; nothing is generated or stored.

    Reads A1111's text and its relatives', ComfyUI's graph (one sampler), the JSON of other programs, and this site's
    own, out of PNG, JPEG and WebP. Needs the scope `read`.
    """
    require_scope(request, "read")
    found = _read(request, get_credentials(request))
    return SettingsOut(
        source=found.source,
        parameters=found.parameters,
        unknown=found.unknown,
        facts=found.facts,
        notes=list(dict.fromkeys(found.notes)),
        skipped=[piece[:_LONGEST_PIECE] for piece in found.skipped[:_MOST_PIECES]],
    )


def _read(request: HttpRequest, credentials: Credentials) -> Settings:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > most_bytes() + AROUND:
        raise UploadRefused("body_too_large", f"An image must be at most {most_bytes() / 1e6:.0f} MB.")
    if request.content_type == "multipart/form-data":
        sent = request.FILES.get("file")
        if not isinstance(sent, UploadedFile):
            raise _refused("file", HOW)
        return settings_of_file(sent.read(), credentials)
    if str(request.content_type).startswith("image/"):
        return settings_of_file(request.body, credentials)
    return _read_json(request.body, credentials)


def _read_json(body: bytes, credentials: Credentials) -> Settings:
    try:
        asked = json_bodies.load(body)
    except (ValueError, RecursionError) as error:
        raise JobRefused("invalid_json", f"The body is no JSON. {HOW}", status=400) from error
    given = {name: asked.get(name) for name in ("image_id", "text")} if isinstance(asked, dict) else {}
    named = [name for name, value in given.items() if isinstance(value, str)]
    if len(named) != 1 or set(asked) - set(given):
        raise _refused("image_id", HOW)
    if named == ["text"]:
        return settings_of_text(str(given["text"]), credentials)
    try:
        image_id = uuid.UUID(str(given["image_id"]))
    except ValueError as error:
        raise _refused("image_id", "image_id must be the id of an image.") from error
    image = get_object_or_404(Image.objects.visible_to(credentials), pk=image_id)
    if image.hides_settings_from(credentials):
        sentence = "Its owner shares this image without its settings."
        raise JobRefused("unreadable_settings", sentence, fields={"image_id": sentence})
    return settings_of_image(image, credentials)


def _refused(field: str, sentence: str) -> JobRefused:
    return JobRefused("invalid_parameters", sentence, fields={field: sentence})
