"""API routes of the images of a collection; the site mounts them at /api/v1."""

import uuid
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.actions import collections
from gallery.actions.collection_sharing import add_own_images
from gallery.actions.tags import MOST_TOGETHER
from gallery.api.collections import seen_collection
from gallery.api.tiles import TileOut, tile_fields
from gallery.models import Collection, CollectionItem, Image
from gallery.models.image import manages_images
from gallery.search.collection_order import list_items
from sdsite.accounts.credentials import Credentials, get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Collections"])


class CollectionTileOut(TileOut):
    """One image of a collection as a grid needs it."""

    owner: str = Field(description="Name of the person whose image it is: the collection's owner or a member.")
    is_own: bool = Field(description="Whether it is your image.")


class CollectionTilePage(BaseModel):
    """Images in the order of the collection; `next` is the cursor of the next page, null on the last."""

    items: list[CollectionTileOut]
    next: str | None


class IdsIn(StrictModel):
    """Images to add to a collection."""

    ids: list[uuid.UUID] = Field(
        min_length=1, max_length=MOST_TOGETHER, description=f"1 to {MOST_TOGETHER} ids of your images."
    )


class AddedOut(BaseModel):
    """Result of adding images to a collection."""

    added: int = Field(description="Images that were not in the collection before.", examples=[2])
    images: int = Field(description="Images in the collection now.", examples=[12])


@router.get(
    "/collections/{collection_id}/images",
    response=CollectionTilePage,
    operation_id="list_collection_images",
    summary="List the images of a collection in its order",
)
def list_collection_images(
    request: HttpRequest,
    collection_id: uuid.UUID,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> CollectionTilePage:
    """Return the images of a collection that you may see: those put in an order by its owner, new ones in front.

    The owner and the members see the images of all members, others those of the owner. Needs the scope `read`.
    """
    require_scope(request, "read")
    seen: Any = get_object_or_404(Collection.objects.visible_to(request.user), pk=collection_id)
    credentials = get_credentials(request)
    page = list_items(seen, request.user, limit=limit, cursor=cursor)
    return CollectionTilePage(items=[_tile(item.image, credentials) for item in page.items], next=page.next)


def _tile(image: Image, credentials: Credentials) -> CollectionTileOut:
    is_own = image.owner_id == credentials.user.pk
    fields = tile_fields(image.as_seen_by(credentials))
    if not is_own:  # marks of others are nobody's, whoever may read them elsewhere
        fields |= {"favourite": False, "rating": 0, "visibility": "private"}
    if image.quarantined_at is not None and not manages_images(credentials):
        fields["thumbhash"] = None  # it is a small version of the pixels
    return CollectionTileOut(**fields, owner=image.owner.username, is_own=is_own)


@router.post(
    "/collections/{collection_id}/images",
    response=AddedOut,
    operation_id="add_to_collection",
    summary="Add images to a collection",
)
def add_to_collection(request: HttpRequest, collection_id: uuid.UUID, body: IdsIn) -> AddedOut:
    """Add your images to a collection of yours, or of others who let you; images that are in it already stay.

    Ids of other images are ignored; if none of them is yours, the answer is 404. Needs the scope `write`.
    """
    require_scope(request, "write")
    shown = seen_collection(request, collection_id)
    if shown.owner_id == request.user.pk:
        found, added = collections.add_images(collection=shown, ids=body.ids)
    else:
        found, added = add_own_images(collection=shown, user=request.user, ids=body.ids)
    if not found:
        raise Image.DoesNotExist
    return AddedOut(added=added, images=shown.items.kept().count())


@router.delete(
    "/collections/{collection_id}/images/{image_id}",
    response={204: None},
    operation_id="remove_from_collection",
    summary="Remove an image from a collection",
)
def remove_from_collection(request: HttpRequest, collection_id: uuid.UUID, image_id: uuid.UUID) -> HttpResponse:
    """Remove an image from a collection; the image itself stays. Members remove their own. Needs the scope `write`."""
    require_scope(request, "write")
    shown = seen_collection(request, collection_id)
    is_mine = shown.owner_id == request.user.pk or Image.objects.filter(pk=image_id, owner=request.user.pk).exists()
    if not (is_mine and collections.remove_image(collection=shown, image_id=image_id)):
        raise CollectionItem.DoesNotExist
    return HttpResponse(status=204)
