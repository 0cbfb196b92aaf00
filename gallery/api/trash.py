"""API routes of the trash; the site mounts them at /api/v1."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.actions.trash import MOST_EMPTIED, empty_trash
from gallery.api.images import ImagePage
from gallery.models import Image
from gallery.serializers import serialize_image
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination

router = Router(tags=["Trash"])


class EmptiedOut(BaseModel):
    """What emptying the trash did."""

    deleted: int = Field(description="Images deleted for good.", examples=[120])
    left: int = Field(
        description=f"Images still to be deleted; repeat the request. One deletes at most {MOST_EMPTIED}.", examples=[0]
    )


@router.get("/trash", response=ImagePage, operation_id="list_trash", summary="List the images in your trash")
def list_trash(
    request: HttpRequest,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
    order: Annotated[pagination.Order, Query(description="Which come first, by when they were deleted.")] = "newest",
) -> ImagePage:
    """Return the images in your trash, last deleted first, a page at a time. Needs the scope `read`.

    `POST /api/v1/images/bulk` restores or deletes some of them.
    """
    require_scope(request, "read")
    owner: Any = request.user
    trashed = Image.objects.owned_by(owner).trashed().prefetch_related("tags")
    page = pagination.page(trashed, limit=limit, cursor=cursor, order=order, moment="trashed_at")
    return ImagePage(items=[serialize_image(image) for image in page.items], next=page.next)


@router.delete("/trash", response=EmptiedOut, operation_id="empty_trash", summary="Empty your trash")
def delete_trash(request: HttpRequest) -> EmptiedOut:
    """Delete all images in your trash for good, their files and thumbnails. Needs the scope `write`."""
    require_scope(request, "write")
    deleted, left = empty_trash(owner=request.user)
    return EmptiedOut(deleted=deleted, left=left)
