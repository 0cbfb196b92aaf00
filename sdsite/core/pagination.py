"""Keyset pagination: pages that stay right while rows are added, and cost the same however deep one reads.

Rows come newest first by (moment, id); a cursor is the place after the last row shown, so no page skips or repeats
a row because others were added in front.
"""

import base64
import binascii
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet, UUIDField

MOST_ITEMS = 100
DEFAULT_ITEMS = 20

Row = TypeVar("Row", bound=Model)


class InvalidCursor(ValueError):
    """A cursor that this site did not hand out."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page: its rows, and the cursor of the next page (None: this was the last)."""

    items: list[Row]
    next: str | None


def encode_cursor(moment: datetime, pk: uuid.UUID | int) -> str:
    """Return the opaque, URL-safe cursor of the place after the row with this moment and id."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{pk}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str, kind: type[uuid.UUID] | type[int] = uuid.UUID) -> tuple[datetime, uuid.UUID | int]:
    """Return the (moment, id) of a cursor; `kind` is what ids are.

    Raises:
        InvalidCursor: it is not one of ours.
    """
    try:
        moment, _, pk = (
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode().partition("|")
        )
        place = datetime.fromisoformat(moment), kind(pk)
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor("cursor must be the `next` value of an earlier page") from error
    if place[0].tzinfo is None:
        raise InvalidCursor("cursor must be the `next` value of an earlier page")
    return place


def page(rows: QuerySet[Row], *, limit: int, cursor: str | None, moment: str = "created_at") -> Page[Row]:
    """Return at most `limit` of `rows` after `cursor`, newest first by the column `moment`, then by id.

    One query. The index that serves it is (..., -moment, -id).

    Raises:
        InvalidCursor: the cursor is not one of ours.
    """
    if cursor:
        when, pk = decode_cursor(cursor, uuid.UUID if isinstance(rows.model._meta.pk, UUIDField) else int)
        # The plain upper bound lets the index start at the right place; the alternative sorts out equal moments.
        rows = rows.filter(Q(**{f"{moment}__lt": when}) | Q(pk__lt=pk), **{f"{moment}__lte": when})
    found = list(rows.order_by(f"-{moment}", "-pk")[: limit + 1])
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode_cursor(getattr(items[-1], moment), items[-1].pk) if more else None)
