"""Pages of a collection's images in the order of the collection, at the same cost at any depth."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from gallery.models import Collection, CollectionItem
from sdsite.core.pagination import InvalidCursor

COLUMNS = ("position", "-added_at", "-pk")
MOST_POSITION = 2**31 - 1  # what the column of the database holds


@dataclass(frozen=True)
class ItemPage:
    """Items with their images, and the cursor of the next page (None: this is the last)."""

    items: list[CollectionItem]
    next: str | None


def list_items(collection: Collection, user: Any, *, limit: int, cursor: str | None) -> ItemPage:
    """Return at most `limit` items of a collection that `user` sees, behind `cursor`. One query.

    Raises:
        InvalidCursor: the cursor was not issued by this site.
    """
    rows = CollectionItem.objects.filter(collection=collection.pk).seen_by(user).select_related("image__owner")
    if cursor:
        rows = rows.filter(_behind(cursor))
    found = list(rows.order_by(*COLUMNS)[: limit + 1])
    items = found[:limit]
    return ItemPage(items, _encode(items[-1]) if len(found) > limit else None)


def _encode(item: CollectionItem) -> str:
    parts = (item.position, item.added_at.isoformat(), item.pk)
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


def _behind(cursor: str) -> Q:
    """Return the condition of items behind the one that a cursor names."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        position, moment, pk = text.split("|")
        place, when, key = int(position), datetime.fromisoformat(moment), int(pk)
    except (ValueError, binascii.Error) as error:
        raise InvalidCursor("cursor must be the `next` value of an earlier page") from error
    if when.tzinfo is None or not 0 <= place <= MOST_POSITION or not 0 <= key < 2**63:
        raise InvalidCursor("cursor must be the `next` value of an earlier page")
    here = Q(position=place) & (Q(added_at__lt=when) | Q(added_at=when, pk__lt=key))
    # The plain bound lets the index start at the right row.
    return Q(position__gte=place) & (Q(position__gt=place) | here)
