"""API routes of the grid: compact rows, the timeline, ids of a range, and the number of a search's images."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.errors import ValidationError
from pydantic import BaseModel, Field, field_validator

from gallery.models import Image
from gallery.models.image import ImageQuerySet, manages_images
from gallery.search import tiles
from gallery.search.filters import ImageFilter, columns_of, filter_images
from gallery.search.moments import parse_moment
from gallery.search.nearest import list_nearest
from gallery.search.scope import MOST_FOLLOWED, MOST_PUBLIC, Searched, searched_images
from gallery.search.timeline import MOST_ASKED, MOST_IMAGES, Counted, Period, count_matching
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope

router = Router(tags=["Images"])

DEFAULT_TILES = 200
NOT_ALL = (
    f"False: there may be more, which are older. Counted are those among the newest {MOST_IMAGES} images of a person, "
    f"{MOST_ASKED} where texts are compared; of several people those among the site's newest {MOST_FOLLOWED} or the "
    f"newest {MOST_PUBLIC} public ones."
)
Order = Annotated[tiles.Order, Query(description="Which come first; by rating: the newest of equal ones.")]


class TilePaging(BaseModel):
    """Which page of rows: of the order, from a cursor, a moment or an image on."""

    limit: int = Field(
        DEFAULT_TILES,
        description="Largest number of rows.",
        json_schema_extra={"minimum": 1, "maximum": tiles.MOST_TILES},
    )
    order: tiles.Order | None = Field(
        None,
        description="Which come first: the newest, or the nearest with `similar` or `meaning`; "
        "by rating: the newest of equal ones.",
    )
    cursor: str | None = Field(None, description="The `next` or `previous` of another page.")
    before: str | None = Field(None, description="A date or a time, as `since`; not for the order by rating.")
    after: str | None = Field(None, description="A date or a time, as `since`; not for the order by rating.")
    start: uuid.UUID | None = Field(None, description="Id of the image that the page begins with.")
    skip: int = Field(
        0, ge=0, le=tiles.MOST_SKIPPED, description="Rows left out before the page; not for the order by rating."
    )

    @field_validator("limit")
    @classmethod
    def _allowed(cls, value: int) -> int:
        if not 1 <= value <= tiles.MOST_TILES:
            raise ValueError(f"limit must be a whole number, 1 to {tiles.MOST_TILES}; got {value}")
        return value


class TileOut(BaseModel):
    """One image as a grid needs it."""

    id: uuid.UUID
    job_id: uuid.UUID
    index: int
    width: int
    height: int
    format: str = Field(examples=["png"])
    thumbhash: str | None = Field(description="ThumbHash, base64; null: not computed yet, or under review.")
    created_at: datetime
    favourite: bool
    rating: int
    visibility: str = Field(examples=["private"])
    quarantined: bool
    prompt: str = Field(description=f"Its first {tiles.LONGEST_PROMPT} characters.")
    job_images: int = Field(description="How many images its job has, not only those that match.", examples=[4])


def tile_fields(image: Image) -> dict[str, Any]:
    """Return the fields of a TileOut for an image as its reader sees it, alone in its place."""
    return {
        "id": image.pk,
        "job_id": image.job_id,
        "index": image.index,
        "width": image.width,
        "height": image.height,
        "format": image.format,
        "thumbhash": image.thumbhash,
        "created_at": image.created_at,
        "favourite": image.is_favourite,
        "rating": image.rating,
        "visibility": image.visibility,
        "quarantined": image.quarantined_at is not None,
        "prompt": image.prompt[: tiles.LONGEST_PROMPT],
        "job_images": 1,
    }


class TilePage(BaseModel):
    """Compact rows in their order; `next` and `previous` are cursors of the pages after and before, or null."""

    items: list[TileOut]
    next: str | None
    previous: str | None = Field(examples=[None])


class BucketOut(BaseModel):
    """One day or month and its number of images."""

    date: dt.date = Field(description="The day, or the first day of the month.", examples=["2026-01-31"])
    images: int = Field(examples=[12])


class TimelineOut(BaseModel):
    """Days or months that have images, newest first, and the number of all images."""

    buckets: list[BucketOut]
    images: int = Field(examples=[12])
    all_counted: bool = Field(description=NOT_ALL)


class IdsOut(BaseModel):
    """Ids of a range of images in their order."""

    ids: list[uuid.UUID]


class NumberOut(BaseModel):
    """Number of images."""

    images: int = Field(examples=[1240])
    all_counted: bool = Field(description=NOT_ALL)


@router.get("/images/tiles", response=TilePage, operation_id="list_tiles", summary="List images as compact rows")
def list_tiles(
    request: HttpRequest,
    wanted: Annotated[ImageFilter, Query()],
    paging: Annotated[TilePaging, Query()],
) -> TilePage:
    """Return your images that match, with what a grid shows of them.

    `before` begins with the nearest image created before a moment, `after` with the nearest one at it or later; what
    lies on the other side of the moment is the page of `previous` or `next`. Needs the scope `read`.
    """
    require_scope(request, "read")
    order = paging.order or "newest"
    if order == "rating" and wanted.scope != "mine":
        raise _refusal("order", "order by rating needs the scope mine: ratings are their owner's alone")
    searched, matching = _images(request, wanted, newest=paging.limit)
    if paging.skip and order == "rating":
        raise _refusal("skip", "skip needs the order newest or oldest")
    if paging.order is None and (reference := wanted.reference(get_credentials(request))):
        page = list_nearest(matching, reference, **_place(paging, matching))
    else:
        position = _position(paging, order, wanted, matching)
        page = tiles.list_tiles(matching, order, position, paging.limit, paging.skip)
    numbers = tiles.count_of_jobs(searched.each, page.rows)
    sees_held = manages_images(get_credentials(request))
    return TilePage(
        items=[_tile(_marks_of(row, wanted), numbers.get(row["job_id"], 1), sees_held) for row in page.rows],
        next=page.next,
        previous=page.previous,
    )


def _images(request: HttpRequest, wanted: ImageFilter, newest: int | None = None) -> tuple[Searched, ImageQuerySet]:
    """Return the images that a search looks through, and those of them that match."""
    credentials = get_credentials(request)
    searched = searched_images(credentials, wanted.scope, columns_of(wanted))
    return searched, filter_images(searched.images, wanted, searched.owner, newest, reader=credentials)


def _given(paging: TilePaging) -> dict[str, Any]:
    """Return what says where the page begins, at most one."""
    given = paging.model_dump(include={"cursor", "before", "after", "start"}, exclude_none=True)
    if len(given) > 1:
        raise _refusal("cursor", "only one of cursor, before, after and start may be given")
    return given


def _place(paging: TilePaging, matching: ImageQuerySet) -> dict[str, Any]:
    """Return the page that `paging` asks for in the order by distance, as `list_nearest` takes it."""
    given = _given(paging)
    for name in ("before", "after"):
        if name in given:
            raise _refusal(name, f"{name} needs the order newest or oldest")
    if paging.start is not None:
        get_object_or_404(matching.only("pk"), pk=paging.start)
    return {**given, "limit": paging.limit, "skip": paging.skip}


def _position(
    paging: TilePaging, order: tiles.Order, wanted: ImageFilter, matching: ImageQuerySet
) -> tiles.Position | None:
    """Return the place at which the page begins; None: at the first image."""
    given = _given(paging)
    if paging.cursor is not None:
        return tiles.decode_position(paging.cursor, order)
    if paging.start is not None:
        return tiles.at(get_object_or_404(matching, pk=paging.start), order)
    for name, position_at in (("before", tiles.before), ("after", tiles.after)):
        if name in given:
            return position_at(_moment(name, given[name], wanted, order), order)
    return None


def _moment(name: str, value: str, wanted: ImageFilter, order: tiles.Order) -> datetime:
    if order == "rating":
        raise _refusal(name, f"{name} needs the order newest or oldest")
    try:
        return parse_moment(name, value, wanted.zone)[0]
    except ValueError as error:
        raise _refusal(name, str(error)) from error


def _refusal(name: str, message: str) -> ValidationError:
    return ValidationError([{"type": "value_error", "loc": ("query", name), "msg": message, "ctx": {"error": message}}])


def _marks_of(row: dict[str, Any], wanted: ImageFilter) -> dict[str, Any]:
    """Return the row without its owner's marks where the search looks at images of several people."""
    return row if wanted.scope == "mine" else row | {"favourite": False, "rating": 0}


def _tile(row: dict[str, Any], job_images: int, sees_held: bool) -> TileOut:
    quarantined = row.pop("quarantined_at") is not None
    if quarantined and not sees_held:
        row["thumbhash"] = None  # it is a small version of the pixels
    return TileOut.model_construct(**row, quarantined=quarantined, job_images=job_images)


@router.get("/images/timeline", response=TimelineOut, operation_id="image_timeline", summary="Count images by day")
def image_timeline(
    request: HttpRequest,
    wanted: Annotated[ImageFilter, Query()],
    group: Annotated[Period, Query(description="What to count by, in the zone `tz`.")] = "day",
) -> TimelineOut:
    """Return how many of your matching images each day or month has. Needs the scope `read`."""
    require_scope(request, "read")
    counted = _count(request, wanted, group)
    buckets = [BucketOut.model_construct(date=day, images=number) for day, number in counted.periods]
    return TimelineOut(buckets=buckets, images=counted.images, all_counted=counted.is_whole)


def _count(request: HttpRequest, wanted: ImageFilter, group: Period) -> Counted:
    credentials = get_credentials(request)
    searched = searched_images(credentials, wanted.scope, columns_of(wanted), counts=True)
    return count_matching(searched.images, wanted, searched.owner, group, credentials, since=searched.since)


@router.get("/images/ids", response=IdsOut, operation_id="list_image_ids", summary="List the ids of a range of images")
def list_image_ids(
    request: HttpRequest,
    wanted: Annotated[ImageFilter, Query()],
    first: Annotated[uuid.UUID, Query(alias="from", description="Id of the image at one end.")],
    last: Annotated[uuid.UUID, Query(alias="to", description="Id of the image at the other end.")],
    order: Order = "newest",
) -> IdsOut:
    """Return the ids of your matching images between two of them, both included. Needs the scope `read`."""
    require_scope(request, "read")
    matching = _images(request, wanted)[1]
    ends = [get_object_or_404(matching.only("pk", "created_at", "rating"), pk=pk) for pk in (first, last)]
    ids = tiles.list_ids(matching, order, *ends)
    if len(ids) > tiles.MOST_IDS:
        raise _refusal("to", f"the range must have at most {tiles.MOST_IDS} images; it has more")
    return IdsOut(ids=ids)


@router.get("/images/count", response=NumberOut, operation_id="count_images", summary="Count the images of a search")
def count_images(request: HttpRequest, wanted: Annotated[ImageFilter, Query()]) -> NumberOut:
    """Return how many of your images match. Needs the scope `read`."""
    require_scope(request, "read")
    counted = _count(request, wanted, "month")
    return NumberOut(images=counted.images, all_counted=counted.is_whole)
