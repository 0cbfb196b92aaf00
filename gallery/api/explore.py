"""API route of Explore, the images that people share; the site mounts it at /api/v1."""

import uuid
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from gallery.api.tiles import TileOut, tile_fields
from gallery.models import Image, Like
from gallery.models.image import LONGEST_CHECKPOINT
from gallery.models.tag import LONGEST_TAG
from gallery.search import explore
from gallery.search.filters import LONGEST_MEANING
from gallery.search.meaning.references import By, find_reference
from gallery.search.nearest import page_of_nearest
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.pagination import InvalidCursor

router = Router(tags=["Sharing"])


class ExploreIn(BaseModel):
    """Which shared images, in which order."""

    order: explore.Order = Field("new", description="The newest first, or the most liked.")
    person: str = Field("", max_length=150, description="Only those of the person with this name.")
    checkpoint: str = Field("", max_length=LONGEST_CHECKPOINT, description="Slug of the checkpoint.")
    tag: str = Field("", max_length=LONGEST_TAG, description="A tag.")
    liked: bool = Field(False, description="Only those that you like.")
    similar: uuid.UUID | None = Field(
        None, description="Only those that are like the image with this id, which you may see; the nearest first."
    )
    by: By = Field("look", description="With `similar`: like it in look, or in meaning where the site has a model.")
    meaning: str = Field(
        "", max_length=LONGEST_MEANING, description="Only those that show what these words say; the best match first."
    )

    @field_validator("meaning")
    @classmethod
    def _one_reference(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("similar"):
            raise ValueError("meaning must not be given together with similar")
        return value


class ExploreTileOut(TileOut):
    """One shared image as a grid needs it."""

    owner: str = Field(description="Name of the person who shares it.", examples=["alice"])
    likes: int = Field(examples=[3])
    liked: bool = Field(description="Whether you like it.")


class ExplorePage(BaseModel):
    """Shared images in their order; `next` is the cursor of the next page, null on the last."""

    items: list[ExploreTileOut]
    next: str | None


@router.get("/explore", response=ExplorePage, operation_id="explore", summary="List the images that people share")
def list_shared(
    request: HttpRequest,
    asked: Annotated[ExploreIn, Query()],
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Largest number of items on a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> ExplorePage:
    """Return the images that people share with everyone here, your own among them; a page at a time.

    In the order of likes the first 1000 are listed. Needs the scope `read`.
    """
    require_scope(request, "read")
    credentials = get_credentials(request)
    wanted = explore.ExploreFilter(asked.person, asked.checkpoint, asked.tag, liked_by_me=asked.liked)
    images = explore.shared_images(request.user, wanted).select_related("owner")
    reference = find_reference(similar=asked.similar, by=asked.by, meaning=asked.meaning, reader=credentials)
    if reference is not None:
        nearest = page_of_nearest(reference.narrow(images, None), reference, limit, cursor)
        found, following = nearest.items, nearest.next
    elif asked.order == "liked":
        found, following = _most_liked(images, limit, cursor)
    else:
        page = pagination.page(images, limit=limit, cursor=cursor, moment="published_at")
        found, following = page.items, page.next
    mine = set(Like.objects.filter(user=request.user.pk, image__in=found).values_list("image", flat=True))
    return ExplorePage(
        items=[_tile(image.as_seen_by(credentials), image.pk in mine) for image in found], next=following
    )


def _most_liked(images: "explore.ImageQuerySet", limit: int, cursor: str | None) -> tuple[list[Image], str | None]:
    """Return a page by likes; likes move between two requests, so its cursor is only a number of images."""
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < len("10000")):
        raise InvalidCursor("cursor must be the `next` value of an earlier page")
    start = int(cursor or 0)
    end = min(start + limit, explore.MOST_LIKED)
    found = list(images.order_by("-likes_count", "-published_at", "-pk")[start : end + 1])
    more = len(found) > end - start and end < explore.MOST_LIKED
    return found[: max(0, end - start)], str(end) if more else None


def _tile(image: Image, liked: bool) -> ExploreTileOut:
    fields = {**tile_fields(image), "favourite": False, "rating": 0}  # also of one's own: marks are not shown here
    return ExploreTileOut(**fields, owner=image.owner.username, likes=image.likes_count, liked=liked)
