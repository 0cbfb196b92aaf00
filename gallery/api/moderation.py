"""API routes of moderation: images under review, approving and deleting them; the site mounts them at /api/v1.

Every action is recorded in the audit log, as in the admin; the rules are those of `gallery.actions.moderation` and
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
    """An image as moderators see it: with its owner, and the time it was put under review."""

    owner: str = Field(description="User name of the owner.")
    held_since: datetime | None = Field(description="When it was put under review; null: it is not.")


class ModeratedPage(BaseModel):
    """Images, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[ModeratedOut]
    next: str | None


@router.get(
    "/moderation/images",
    response=ModeratedPage,
    operation_id="list_moderated_images",
    summary="List images under review",
)
def list_moderated_images(
    request: HttpRequest,
    state: Annotated[State, Query(description="Images under review, others, or all.")] = "held",
    owner: Annotated[str | None, Query(description="Only images of the user with this name.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> ModeratedPage:
    """Return images of all users, under review the latest first, others the newest first. Needs the scope `moderate`.

    For staff who may view images.
    """
    _require_moderator(request, LOOK)
    images = _of_state(state).select_related("owner").prefetch_related("tags")
    if owner is not None:
        images = images.filter(owner__username=owner)
    page = pagination.page(
        images, limit=limit, cursor=cursor, moment="quarantined_at" if state == "held" else "created_at"
    )
    return ModeratedPage(items=[_represent(image) for image in page.items], next=page.next)


def _of_state(state: State) -> ImageQuerySet:
    images = Image.objects.kept()
    return {"held": images.quarantined, "shown": images.viewable, "all": images.all}[state]()


@router.post(
    "/moderation/images/{image_id}/release",
    response=ModeratedOut,
    operation_id="release_image",
    summary="Approve an image",
)
def release_image(request: HttpRequest, image_id: uuid.UUID) -> ModeratedOut:
    """End the review of an image, so that its owner sees it; others stay as they are. Needs the scope `moderate`.

    For staff who may delete images.
    """
    _require_moderator(request, ACT)
    release(images=_one(image_id), actor=request.user)
    return _represent(get_object_or_404(_one(image_id).select_related("owner")))


@router.post(
    "/moderation/images/{image_id}/hold",
    response=ModeratedOut,
    operation_id="hold_image",
    summary="Put an image under review",
)
def hold_image(request: HttpRequest, image_id: uuid.UUID) -> ModeratedOut:
    """Put an image under review: its owner sees its row, but none of its pixels. Needs the scope `moderate`.

    For staff who may delete images.
    """
    _require_moderator(request, ACT)
    quarantine(images=_one(image_id), actor=request.user)
    return _represent(get_object_or_404(_one(image_id).select_related("owner")))


@router.delete(
    "/moderation/images/{image_id}",
    response={204: None},
    operation_id="delete_moderated_image",
    summary="Delete an image of any user",
)
def delete_moderated_image(request: HttpRequest, image_id: uuid.UUID) -> HttpResponse:
    """Delete an image of any user, its file and its thumbnail. Needs the scope `moderate`.

    For staff who may delete images.
    """
    _require_moderator(request, ACT)
    if not delete_images(images=_one(image_id), actor=request.user):
        raise Image.DoesNotExist
    return HttpResponse(status=204)


def _require_moderator(request: HttpRequest, permission: str) -> None:
    require_scope(request, SCOPE)
    require_permission(request, permission)


def _one(image_id: uuid.UUID) -> ImageQuerySet:
    return Image.objects.filter(pk=image_id)


def _represent(image: Image) -> ModeratedOut:
    return ModeratedOut(
        **serialize_image(image).model_dump(), owner=image.owner.username, held_since=image.quarantined_at
    )
