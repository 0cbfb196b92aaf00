"""Moderation for programs: what is held back, and what becomes of it. Joined at /api/v1 by the site.

Every deed is in the audit trail, as in the admin; the rules are those of `gallery.actions.moderation` and
`gallery.actions.delete_images`.
"""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.actions.delete_images import delete_images
from gallery.actions.moderation import quarantine, release
from gallery.models import Image
from gallery.models.image import ImageQuerySet
from gallery.serializers import ImageOut, serialize_image
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core import pagination

router = Router(tags=["Moderation"])

SCOPE = "moderate"
LOOK, ACT = "gallery.view_image", "gallery.delete_image"  # as in the admin
State = Literal["held", "shown", "all"]


class ModeratedOut(ImageOut):
    """An image as moderators see it: with whose it is, and since when it is held back."""

    owner: str = Field(description="User name.")
    held_since: datetime | None = Field(description="Null: nobody holds it back.")


class ModeratedPage(BaseModel):
    """Images, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[ModeratedOut]
    next: str | None


@router.get(
    "/moderation/images",
    response=ModeratedPage,
    operation_id="list_moderated_images",
    summary="List everybody's images that are held back",
)
def list_moderated_images(
    request: HttpRequest,
    state: Annotated[State, Query(description="Those held back, those shown, or all of them.")] = "held",
    owner: Annotated[str | None, Query(description="Only those of the person with this user name.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
) -> ModeratedPage:
    """Return everybody's images, what was held back last first, others by age. Needs the scope `moderate`.

    For staff who may view images.
    """
    _let_in(request, LOOK)
    images = _of_state(state).select_related("owner").prefetch_related("tags")
    if owner is not None:
        images = images.filter(owner__username=owner)
    page = pagination.page(
        images, limit=limit, cursor=cursor, moment="quarantined_at" if state == "held" else "created_at"
    )
    return ModeratedPage(items=[_represent(image) for image in page.items], next=page.next)


def _of_state(state: State) -> ImageQuerySet:
    everybodys = Image.objects.all()
    return {"held": everybodys.held, "shown": everybodys.shown, "all": everybodys.all}[state]()


@router.post(
    "/moderation/images/{image_id}/release",
    response=ModeratedOut,
    operation_id="release_image",
    summary="Show an image to its owner again",
)
def release_image(request: HttpRequest, image_id: uuid.UUID) -> ModeratedOut:
    """Let an image go that was held back; one that is shown stays so. Needs the scope `moderate`.

    For staff who may delete images.
    """
    _let_in(request, ACT)
    release(images=_one(image_id), actor=request.user)
    return _represent(get_object_or_404(_one(image_id).select_related("owner")))


@router.post(
    "/moderation/images/{image_id}/hold",
    response=ModeratedOut,
    operation_id="hold_image",
    summary="Hide an image from its owner",
)
def hold_image(request: HttpRequest, image_id: uuid.UUID) -> ModeratedOut:
    """Hold an image back: its owner sees that it is there, but no pixel of it. Needs the scope `moderate`.

    For staff who may delete images.
    """
    _let_in(request, ACT)
    quarantine(images=_one(image_id), actor=request.user)
    return _represent(get_object_or_404(_one(image_id).select_related("owner")))


@router.delete(
    "/moderation/images/{image_id}",
    response={204: None},
    operation_id="delete_moderated_image",
    summary="Delete somebody's image for good",
)
def delete_moderated_image(request: HttpRequest, image_id: uuid.UUID) -> HttpResponse:
    """Delete an image, its file and its thumbnail, whosever it is. Needs the scope `moderate`.

    For staff who may delete images.
    """
    _let_in(request, ACT)
    if not delete_images(images=_one(image_id), actor=request.user):
        raise Image.DoesNotExist
    return HttpResponse(status=204)


def _let_in(request: HttpRequest, permission: str) -> None:
    require_scope(request, SCOPE)
    require_permission(request, permission)


def _one(image_id: uuid.UUID) -> ImageQuerySet:
    return Image.objects.filter(pk=image_id)


def _represent(image: Image) -> ModeratedOut:
    return ModeratedOut(
        **serialize_image(image).model_dump(), owner=image.owner.username, held_since=image.quarantined_at
    )
