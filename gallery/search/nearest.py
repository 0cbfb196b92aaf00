"""Pages of the images that are like another one or mean what words say, the nearest first; few, sorted here."""

import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gallery.models import Image
from gallery.models.image import ImageQuerySet
from gallery.search.tiles import Position, TilePage, decode_position, tile_rows
from sdsite.core.pagination import Page

Rank = tuple[int, float, int]  # distance, newest first, id


class Reference(Protocol):
    """What the images of a search are compared with."""

    def narrow(self, images: ImageQuerySet, owner: Any) -> ImageQuerySet:
        """Return the nearest of `images`, all of `owner` (None: of several people)."""

    def distances(self, images: ImageQuerySet) -> Iterable[tuple[int, datetime, uuid.UUID]]:
        """Return how far each of these images is, when it was created, and its id; one query."""


@dataclass(frozen=True)
class Part:
    """Ids of a page in their order, and the cursors of the pages after and before it (None: there is none)."""

    ids: list[uuid.UUID]
    next: str | None
    previous: str | None


def cut_nearest(
    matching: ImageQuerySet,
    reference: Reference,
    limit: int,
    *,
    cursor: str | None = None,
    start: uuid.UUID | None = None,
    skip: int = 0,
) -> Part:
    """Return at most `limit` of `matching`, which `reference` has narrowed, from `cursor` or the image `start` on.

    One query, of at most as many rows as a search for similar images has.

    Raises:
        InvalidCursor: this site did not issue the cursor, or for another order.
    """
    ranked = sorted((_rank(far, moment, pk), moment, pk) for far, moment, pk in reference.distances(matching))
    ranks = [rank for rank, *_ in ranked]
    first, last = 0, len(ranked)
    if cursor is not None:
        position = decode_position(cursor, "nearest")
        here = _rank(position.rating, position.moment, position.pk)
        first, last = (0, bisect_left(ranks, here)) if position.is_backward else (bisect_right(ranks, here), last)
        if position.is_backward:
            first = max(0, last - limit)
    elif start is not None:
        first = next((place for place, (*_, pk) in enumerate(ranked) if pk == start), last)
    first = min(first + skip, last)
    last = min(first + limit, last)
    part = ranked[first:last]
    return Part(
        [pk for *_, pk in part],
        next=_cursor(part[-1]) if part and last < len(ranked) else None,
        previous=_cursor(part[0], is_backward=True) if part and first else None,
    )


def list_nearest(matching: ImageQuerySet, reference: Reference, limit: int, **place: Any) -> TilePage:
    """Return a page of rows for the grid; `place` and what is raised are those of `cut_nearest`. Two queries."""
    part = cut_nearest(matching, reference, limit, **place)
    rows = {row["id"]: row for row in tile_rows(matching.filter(pk__in=part.ids).order_by())}
    return TilePage([rows[pk] for pk in part.ids if pk in rows], part.next, part.previous)


def page_of_nearest(matching: ImageQuerySet, reference: Reference, limit: int, cursor: str | None) -> Page[Image]:
    """Return a page of rows of `matching`; what is raised is that of `cut_nearest`. Two queries."""
    part = cut_nearest(matching, reference, limit, cursor=cursor)
    rows = {row.pk: row for row in matching.filter(pk__in=part.ids).order_by()}
    return Page([rows[pk] for pk in part.ids if pk in rows], part.next)


def _rank(far: int, moment: datetime, pk: uuid.UUID) -> Rank:
    return far, -moment.timestamp(), -pk.int


def _cursor(place: tuple[Rank, datetime, uuid.UUID], *, is_backward: bool = False) -> str:
    (far, *_), moment, pk = place
    return Position("nearest", moment, pk, far, is_backward).encode()
