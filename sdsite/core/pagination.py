"""Keyset pagination: pages that stay correct while rows are added, at the same cost at any depth.

Rows come newest first, or oldest first, by (moment, id). A cursor is the position after the last row of a page, so
that rows added in front make no page skip or repeat any.
"""

import base64
import binascii
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from django.db.models import Model, Q, QuerySet, UUIDField

MOST_ITEMS = 100
DEFAULT_ITEMS = 20

Row = TypeVar("Row", bound=Model)
Order = Literal["newest", "oldest"]


class InvalidCursor(ValueError):
    """The cursor was not issued by this site."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """A page: its rows, and the cursor of the next page (None: this is the last)."""

    items: list[Row]
    next: str | None


def encode_cursor(moment: datetime, pk: uuid.UUID | int) -> str:
    """Return the opaque, URL-safe cursor of the position after the row with this moment and id."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{pk}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kind: type[uuid.UUID] | type[int] = uuid.UUID) -> tuple[datetime, uuid.UUID | int]:
    """Return the (moment, id) of a cursor; `kind` is the type of ids.

    Raises:
        InvalidCursor: the cursor was not issued by this site.
    """
    try:
        moment, _, pk = (
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode().partition("|")
        )
        position = datetime.fromisoformat(moment), kind(pk)
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor("cursor must be the `next` value of an earlier page") from error
    if position[0].tzinfo is None:
        raise InvalidCursor("cursor must be the `next` value of an earlier page")
    return position


def page(
    rows: QuerySet[Row],
    *,
    limit: int,
    cursor: str | None,
    moment: str = "created_at",
    order: Order = "newest",
) -> Page[Row]:
    """Return at most `limit` of `rows` after `cursor`, in the `order` of the column `moment`, then of the id.

    One query, served by an index on (..., -moment, -id), which is read backwards for the oldest first.

    Raises:
        InvalidCursor: the cursor was not issued by this site.
    """
    if cursor:
        when, pk = decode_cursor(cursor, uuid.UUID if isinstance(rows.model._meta.pk, UUIDField) else int)
        # The plain bound lets the index start at the right row; the OR handles equal moments.
        beyond = "lt" if order == "newest" else "gt"
        later = Q(**{f"{moment}__{beyond}": when}) | Q(**{f"pk__{beyond}": pk})
        rows = rows.filter(later, **{f"{moment}__{beyond}e": when})
    sign = "-" if order == "newest" else ""
    found = list(rows.order_by(f"{sign}{moment}", f"{sign}pk")[: limit + 1])
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode_cursor(getattr(items[-1], moment), items[-1].pk) if more else None)
