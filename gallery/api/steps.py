"""API routes of the previews of steps that are kept with an image; the site mounts them at /api/v1."""

import uuid
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Path, Router
from pydantic import BaseModel, Field

from gallery.file_responses import Download, respond_with_step
from gallery.models import Image
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope

router = Router(tags=["Images"])

_JPEG = {"responses": {200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}}}
Step = Annotated[int, Path(ge=1, le=100_000, description="Number of the step, counted over all passes.", example=4)]


class KeptStepOut(BaseModel):
    """The preview of one step."""

    step: int = Field(examples=[4])
    file_url: str


class KeptStepsOut(BaseModel):
    """The previews of steps that are kept with an image."""

    size_bytes: int = Field(description="Bytes that they take in the storage.", examples=[41200])
    items: list[KeptStepOut] = Field(description="In the order of the steps; empty where none was asked for.")


@router.get(
    "/images/{image_id}/steps",
    response=KeptStepsOut,
    operation_id="list_image_steps",
    summary="List an image's kept steps",
)
def list_image_steps(request: HttpRequest, image_id: uuid.UUID) -> KeptStepsOut:
    """Return the steps that were kept with an image (`keep_steps` of the job). Needs the scope `read`.

    Nobody else gets them where the owner keeps the settings.
    """
    require_scope(request, "read")
    image = _seen(request, image_id)
    return KeptStepsOut(
        size_bytes=image.steps["bytes"] if image.steps else 0,
        items=[
            KeptStepOut(step=step, file_url=reverse("image_step", args=[image.pk, step])) for step in image.kept_steps
        ],
    )


@router.get(
    "/images/{image_id}/steps/{step}",
    operation_id="get_image_step",
    summary="Get the preview of a step",
    openapi_extra=_JPEG,
)
def get_image_step(request: HttpRequest, image_id: uuid.UUID, step: Step, download: Download = None) -> HttpResponse:
    """Return the JPEG of a step: small, and as it was published while the image was generated. Needs the scope `read`.

    404 where it was not kept.
    """
    require_scope(request, "read")
    return respond_with_step(request, _seen(request, image_id), step)


def _seen(request: HttpRequest, image_id: uuid.UUID) -> Image:
    credentials = get_credentials(request)
    return get_object_or_404(Image.objects.visible_to(credentials), pk=image_id).as_seen_by(credentials)
