"""API routes of tags, and facets of a search; the site mounts them at /api/v1."""

import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from gallery.actions.tags import MOST_TAGS, MOST_TOGETHER, change_tags, set_tags
from gallery.models import Image
from gallery.models.tag import LONGEST_TAG
from gallery.search.facets import MOST_ASKED, MOST_COUNTED, count_facets, count_tags
from gallery.search.filters import ImageFilter, columns_of
from gallery.search.scope import searched_images
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Tags"])

MOST_LISTED = 1000  # tags in one response

Tag = Annotated[str, Field(description=f"1 to {LONGEST_TAG} characters without a comma; stored in lower case.")]


class TagOut(BaseModel):
    """A tag, and how many of your images have it."""

    name: str = Field(examples=["favourite"])
    images: int = Field(examples=[12])


class CountOut(BaseModel):
    """A value, and how many images have it."""

    value: str = Field(examples=["starter"])
    images: int = Field(examples=[12])


class FacetsOut(BaseModel):
    """Values that a search could be filtered by, the most frequent first; the filters take them as they are."""

    checkpoints: list[CountOut]
    loras: list[CountOut]
    samplers: list[CountOut]
    sizes: list[CountOut] = Field(description="Width x height.")
    aspects: list[CountOut]
    tasks: list[CountOut]
    formats: list[CountOut]
    months: list[CountOut] = Field(description="For the filter `date`, newest first, in the zone `tz`.")
    ratings: list[CountOut] = Field(description="Only of your own images.")
    favourites: list[CountOut] = Field(description="Only of your own images.")
    visibilities: list[CountOut] = Field(description="Only of your own images.")
    tags: list[CountOut] = Field(description="Only of your own images.")
    collections: list[CountOut] = Field(description="Ids of your collections.")
    images: int = Field(description="Number of images counted.", examples=[12])
    all_counted: bool = Field(
        description=f"False: there may be more, and the newest were counted, at most {MOST_COUNTED}; of frequent words "
        f"among the newest {MOST_ASKED} images. What only older ones may have is listed with 0."
    )


class TagsIn(StrictModel):
    """All tags that an image should have."""

    tags: list[Tag] = Field(description=f"At most {MOST_TAGS}; [] removes all.", examples=[["favourite", "to print"]])


class TagsOut(BaseModel):
    """The tags of an image, sorted by name."""

    tags: list[str] = Field(examples=[["favourite", "to print"]])


class TagChange(StrictModel):
    """Tags to add to images, and to remove."""

    ids: list[uuid.UUID] = Field(
        min_length=1, max_length=MOST_TOGETHER, description=f"1 to {MOST_TOGETHER} ids of your images."
    )
    add: list[Tag] = Field(default_factory=list, examples=[["favourite"]])
    remove: list[Tag] = Field(default_factory=list, description="A tag in both is removed.", examples=[["draft"]])


class TaggedOut(BaseModel):
    """Number of images that were changed."""

    images: int = Field(description="Your images among the ids; others are ignored.", examples=[2])


@router.get(
    "/images/facets",
    response=FacetsOut,
    operation_id="image_facets",
    summary="Count facets of a search",
)
def image_facets(request: HttpRequest, wanted: Annotated[ImageFilter, Query()]) -> FacetsOut:
    """Count the matching images by each kind of value, the 50 most frequent values of each.

    Needs the scope `read`.
    """
    require_scope(request, "read")
    credentials = get_credentials(request)
    searched = searched_images(credentials, wanted.scope, columns_of(wanted), counts=True)
    found = count_facets(searched.images, wanted, searched.owner, credentials, since=searched.since)
    kinds = FacetsOut.model_fields.keys() - {"images", "all_counted"}
    counts = {kind: _counts(getattr(found, kind)) for kind in kinds}
    return FacetsOut(**counts, images=found.images, all_counted=found.all_counted)


def _counts(pairs: list[tuple[str, int]]) -> list[CountOut]:
    return [CountOut(value=value, images=number) for value, number in pairs]


@router.get("/tags", response=list[TagOut], operation_id="list_tags", summary="List your tags")
def list_tags(request: HttpRequest) -> list[TagOut]:
    """Return your tags and the number of images of each, sorted by name, the first 1000. Needs the scope `read`."""
    require_scope(request, "read")
    owner: Any = request.user
    return [TagOut(name=name, images=number) for name, number in count_tags(owner)[:MOST_LISTED]]


@router.put("/images/{image_id}/tags", response=TagsOut, operation_id="set_image_tags", summary="Set an image's tags")
def set_image_tags(request: HttpRequest, image_id: uuid.UUID, body: TagsIn) -> TagsOut:
    """Give one of your images exactly these tags; repeating it changes nothing. Needs the scope `write`."""
    require_scope(request, "write")
    own = Image.objects.owned_by(request.user)  # type: ignore[arg-type]
    return TagsOut(tags=set_tags(image=get_object_or_404(own, pk=image_id), names=body.tags))


@router.post("/images/tag", response=TaggedOut, operation_id="tag_images", summary="Tag several images")
def tag_images(request: HttpRequest, body: TagChange) -> TaggedOut:
    """Add and remove tags of your images: of all of them or, if one would have too many tags, of none.

    Ids of other images are ignored; if none of them is yours, the answer is 404. Needs the scope `write`.
    """
    require_scope(request, "write")
    owner: Any = request.user
    own = Image.objects.owned_by(owner).kept().filter(pk__in=set(body.ids))
    changed = change_tags(images=own, owner=owner, add=body.add, remove=body.remove)
    if not changed:
        raise Image.DoesNotExist
    return TaggedOut(images=changed)
