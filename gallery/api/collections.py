"""API routes of collections; the site mounts them at /api/v1."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from gallery.actions import collections
from gallery.actions.collection_sharing import set_cover, set_visibility
from gallery.actions.publication import check_visibility
from gallery.models import Collection
from gallery.models.collection import LONGEST_DESCRIPTION, LONGEST_NAME, MOST_COUNTED
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Collections"])


class CollectionIn(StrictModel):
    """A collection to create."""

    name: str = Field(description=f"1 to {LONGEST_NAME} characters; each name once per owner.", examples=["Skies"])
    description: str = Field("", description=f"At most {LONGEST_DESCRIPTION} characters.")


class CollectionChange(StrictModel):
    """Changes to a collection; fields left out stay as they are."""

    name: str | None = None
    description: str | None = None
    visibility: str | None = Field(None, description="private, members (people of this site) or public.")
    cover: uuid.UUID | None = Field(None, description="Id of one of its images; null: the first one.")


class CollectionOut(BaseModel):
    """A collection: its name and description, the number of its images, and the last one as its cover."""

    id: uuid.UUID
    name: str
    description: str
    owner: str = Field(description="Name of the person whose collection it is.")
    is_own: bool
    may_add: bool = Field(description="Whether you may add images to it.")
    visibility: Literal["private", "members", "public"] = Field(description="Who sees it besides its members.")
    images: int = Field(description="Number of images; `GET /api/v1/images?collection=` lists them.", examples=[12])
    all_counted: bool = Field(
        description=f"False: it has so many images or more. Lists count to {MOST_COUNTED}, a single one is counted."
    )
    cover: uuid.UUID | None = Field(description="The chosen cover; null: the first image stands for it.")
    cover_url: str | None = Field(description="Thumbnail of the cover; null: no image.")
    page_url: str
    created_at: datetime
    updated_at: datetime = Field(description="When its name, description or images last changed.")


class CollectionPage(BaseModel):
    """Collections, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[CollectionOut]
    next: str | None


def _represent(collection: Any, user: Any) -> CollectionOut:
    is_own = collection.owner_id == user.pk
    cover = collection.shown_cover and reverse("image_thumbnail", args=[collection.shown_cover])
    return CollectionOut(
        id=collection.pk,
        name=collection.name,
        description=collection.description,
        owner=collection.owner.username,
        is_own=is_own,
        may_add=is_own or collection.members.filter(user=user, may_add=True).exists(),
        visibility=collection.visibility,
        cover=collection.cover_id,
        images=collection.images_count,
        all_counted=collection.all_counted,
        cover_url=cover,
        page_url=reverse("collection", args=[collection.pk]),
        created_at=collection.created_at,
        updated_at=collection.updated_at,
    )


def seen_collection(request: HttpRequest, collection_id: uuid.UUID) -> Collection:
    """Return the collection, which the caller may see, with its counts; 404 for others."""
    seen = Collection.objects.visible_to(request.user).counted(request.user).select_related("owner")
    return get_object_or_404(seen, pk=collection_id)


def own_collection(request: HttpRequest, collection_id: uuid.UUID) -> Collection:
    """Return the collection of the caller with its counts; 404 for others."""
    return get_object_or_404(Collection.objects.owned_by(request.user).counted(request.user), pk=collection_id)


@router.get("/collections", response=CollectionPage, operation_id="list_collections", summary="List your collections")
def list_collections(
    request: HttpRequest,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
    scope: Annotated[
        Literal["mine", "shared"], Query(description="Your own, or those that others share with you or with everyone.")
    ] = "mine",
) -> CollectionPage:
    """Return collections, newest first, a page at a time. Needs the scope `read`."""
    require_scope(request, "read")
    shown = Collection.objects.shared_with(request.user).exclude(owner=request.user.pk)
    found = Collection.objects.owned_by(request.user) if scope == "mine" else shown
    rows = found.counted(request.user, MOST_COUNTED).select_related("owner")
    page = pagination.page(rows, limit=limit, cursor=cursor)
    return CollectionPage(items=[_represent(collection, request.user) for collection in page.items], next=page.next)


@router.post(
    "/collections", response={201: CollectionOut}, operation_id="create_collection", summary="Create a collection"
)
def create_collection(request: HttpRequest, body: CollectionIn, response: HttpResponse) -> Status[CollectionOut]:
    """Create an empty collection. Needs the scope `write`."""
    require_scope(request, "write")
    created = collections.create_collection(owner=request.user, name=body.name, description=body.description)
    response["Location"] = reverse("api:collection", args=[created.pk])
    return Status(201, _represent(own_collection(request, created.pk), request.user))


@router.get(
    "/collections/{collection_id}",
    response=CollectionOut,
    operation_id="get_collection",
    url_name="collection",
    summary="Get a collection",
)
def get_collection(request: HttpRequest, collection_id: uuid.UUID) -> CollectionOut:
    """Return a collection that you may see; `GET /api/v1/images?collection=` lists its images.

    Needs the scope `read`.
    """
    require_scope(request, "read")
    return _represent(seen_collection(request, collection_id), request.user)


@router.patch(
    "/collections/{collection_id}",
    response=CollectionOut,
    operation_id="change_collection",
    summary="Change a collection",
)
def change_collection(request: HttpRequest, collection_id: uuid.UUID, body: CollectionChange) -> CollectionOut:
    """Change a collection's name, description, visibility or cover; fields left out stay as they are.

    Needs the scope `write`.
    """
    require_scope(request, "write")
    own = own_collection(request, collection_id)
    if body.visibility is not None:
        check_visibility(collection=own, visibility=body.visibility)
    with transaction.atomic():
        if body.visibility is not None:
            set_visibility(collection=own, visibility=body.visibility)
        if "cover" in body.model_fields_set:
            set_cover(collection=own, image_id=body.cover)
        collections.change_collection(collection=own, name=body.name, description=body.description)
    return _represent(own_collection(request, collection_id), request.user)


@router.delete(
    "/collections/{collection_id}",
    response={204: None},
    operation_id="delete_collection",
    summary="Delete a collection",
)
def delete_collection(request: HttpRequest, collection_id: uuid.UUID) -> HttpResponse:
    """Delete a collection; its images stay. Needs the scope `write`."""
    require_scope(request, "write")
    own = Collection.objects.owned_by(request.user).filter(pk=collection_id)
    if not collections.delete_collections(collections=own):
        raise Collection.DoesNotExist
    return HttpResponse(status=204)
