"""Pages of compact rows for the grid: keyset paging in both directions, from a moment or an image on."""

import base64
import binascii
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, Q
from django.db.models.functions import Left

from gallery.models.image import ImageQuerySet
from sdsite.core.pagination import InvalidCursor

Order = Literal["newest", "oldest", "rating"]
OrderOfCursor = Literal["newest", "oldest", "rating", "nearest"]  # the last is in `gallery.search.nearest`
MOST_TILES = 500  # on a page
MOST_SKIPPED = 1_000_000
MOST_IDS = 10_000  # of a range
LONGEST_PROMPT = 120
COLUMNS = {
    "id": "pk",
    "job_id": "job_id",
    "index": "index",
    "width": "width",
    "height": "height",
    "format": "format",
    "thumbhash": "thumbhash",
    "created_at": "created_at",
    "favourite": "is_favourite",
    "rating": "rating",
    "visibility": "visibility",
    "quarantined_at": "quarantined_at",
    "prompt": "start_of_prompt",
}
# "trashed_at" is null in all that are sorted by rating. PostgreSQL reads the index in its order only if it is named.
SORTED_BY = {
    "newest": ("-created_at", "-pk"),
    "oldest": ("created_at", "pk"),
    "rating": ("trashed_at", "-rating", "-created_at", "-pk"),
}
REVERSED = {
    "newest": SORTED_BY["oldest"],
    "oldest": SORTED_BY["newest"],
    "rating": ("-trashed_at", "rating", "created_at", "pk"),
}
LOWEST, HIGHEST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Position:
    """A place between two images of an order; `is_backward` asks for the images in front of it.

    In the order by distance, `rating` is the distance.
    """

    order: OrderOfCursor
    moment: datetime
    pk: uuid.UUID
    rating: int = 0
    is_backward: bool = False

    def encode(self) -> str:
        """Return the opaque, URL-safe cursor of this position."""
        parts = (self.order, "back" if self.is_backward else "on", self.rating, self.moment.isoformat(), self.pk)
        return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


@dataclass(frozen=True)
class TilePage:
    """Rows in their order, and the cursors of the pages after and before them (None: there is none)."""

    rows: list[dict[str, Any]]
    next: str | None
    previous: str | None


def decode_position(cursor: str, order: OrderOfCursor) -> Position:
    """Return the position of a cursor.

    Raises:
        InvalidCursor: this site did not issue it, or for another order.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        kind, direction, rating, moment, pk = raw.split("|")
        position = Position(order, datetime.fromisoformat(moment), uuid.UUID(pk), int(rating), direction == "back")
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor("cursor must be the `next` or `previous` value of another page") from error
    if kind != order or position.moment.tzinfo is None or not 0 <= position.rating < 2**15:
        raise InvalidCursor(f"cursor must be of a page in the order {order}")
    return position


def before(moment: datetime, order: Order) -> Position:
    """Return the position from which the images created before `moment` are read, the nearest first."""
    return Position(order, moment, LOWEST, is_backward=order == "oldest")


def after(moment: datetime, order: Order) -> Position:
    """Return the position from which the images created at `moment` or later are read, the nearest first."""
    # The lowest id: an image of exactly this moment lies behind it.
    return Position(order, moment, LOWEST, is_backward=order == "newest")


def at(image: Any, order: Order) -> Position:
    """Return the position from which `image` and those behind it are read: its `created_at`, `rating` and `pk`."""
    step = 1 if SORTED_BY[order][-1].startswith("-") else -1
    return Position(order, image.created_at, uuid.UUID(int=min(max(image.pk.int + step, 0), HIGHEST.int)), image.rating)


def list_tiles(images: ImageQuerySet, order: Order, position: Position | None, limit: int, skip: int = 0) -> TilePage:
    """Return at most `limit` of `images` from `position` on, in `order`. One query, or two in the order by rating.

    `skip` rows are left out first, not in the order by rating: a grid jumps to a place within a day of many images.
    """
    backward = position is not None and position.is_backward
    found: list[dict[str, Any]] = []
    for part in _parts(images, order, position):
        found += tile_rows(part, slice(skip, skip + limit + 1 - len(found)))
        if len(found) > limit:
            break
    rows, has_more = found[:limit], len(found) > limit
    if backward:
        rows.reverse()
    following = rows[-1:] if has_more or backward else []
    preceding = rows[:1] if (has_more if backward else position is not None) else []
    return TilePage(
        rows,
        next=_at(following[0], order).encode() if following else None,
        previous=_at(preceding[0], order, is_backward=True).encode() if preceding else None,
    )


def tile_rows(images: ImageQuerySet, which: slice = slice(None)) -> list[dict[str, Any]]:
    """Return what a grid shows of `images`, of those at the places `which`; one query."""
    named = images.annotate(start_of_prompt=Left("prompt", LONGEST_PROMPT))
    return [dict(zip(COLUMNS, row, strict=True)) for row in named.values_list(*COLUMNS.values())[which]]


def _at(row: dict[str, Any], order: Order, *, is_backward: bool = False) -> Position:
    return Position(order, row["created_at"], row["id"], row["rating"], is_backward)


def _parts(images: ImageQuerySet, order: Order, position: Position | None) -> Iterator[Any]:
    """Yield sorted queries whose rows, one after the other, are those from `position` on; an index serves each."""
    if position is None:
        yield images.order_by(*SORTED_BY[order])
        return
    columns = (REVERSED if position.is_backward else SORTED_BY)[order]
    images = images.order_by(*columns)
    beyond = "lt" if columns[-1].startswith("-") else "gt"
    # The plain bound lets the index start at the right row; the OR handles equal moments.
    later = Q(**{f"created_at__{beyond}": position.moment}) | Q(**{f"pk__{beyond}": position.pk})
    here = images.filter(later, **{f"created_at__{beyond}e": position.moment})
    if order != "rating":
        yield here
        return
    yield here.filter(rating=position.rating)
    yield images.filter(**{f"rating__{beyond}": position.rating})


def list_ids(images: ImageQuerySet, order: Order, first: Any, last: Any) -> list[uuid.UUID]:
    """Return the ids of the images from `first` to `last`, both of `images` and in either sequence, in `order`.

    At most MOST_IDS + 1 of them. `first` and `last` have `pk`, `created_at` and `rating`.
    """
    columns = SORTED_BY[order]
    names = [name.removeprefix("-") for name in columns]
    ends = sorted(
        (first, last),
        key=lambda image: [getattr(image, name) for name in names],
        reverse=columns[-1].startswith("-"),
    )
    found: list[uuid.UUID] = [ends[0].pk]
    start = Position(order, ends[0].created_at, ends[0].pk, ends[0].rating)
    for part in _parts(images, order, start):
        for pk in part.values_list("pk", flat=True)[: MOST_IDS + 1 - len(found)].iterator():
            if found[-1] == ends[1].pk:
                return found
            found.append(pk)
    return found


def count_of_jobs(images: ImageQuerySet, rows: list[dict[str, Any]]) -> dict[uuid.UUID, int]:
    """Return how many of `images` each job has that made one of `rows`.

    Without a condition on the owner in `images` the index on jobs is read; all images of a job have the same owner.
    """
    jobs = {row["job_id"] for row in rows}
    return dict(images.order_by().filter(job_id__in=jobs).values_list("job_id").annotate(number=Count("pk")))
