"""Plan of a search by rows of other tables: whether images are read newest first, or the rows of the rarest word."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gallery.models import Image
from gallery.models.image import ImageQuerySet

SAMPLE = 500  # newest images that are asked how many of them match
FEWEST_FOUND = 5  # matches in the sample, below which it says too little
MOST_WALKED = 60_000  # images that may be read newest first until enough have been found
MOST_COMPARED = 50_000  # rows of a word that are counted to find the rarest


@dataclass(frozen=True)
class Rows:
    """Rows that name the images of one value, such as a word or a tag; `owners` leads to the index by owner."""

    rows: QuerySet[Any]
    owners: dict[str, Any] = field(default_factory=dict)

    def of_image(self) -> Exists:
        """Return the condition that an image has such a row, looked up by the image."""
        return Exists(self.rows.order_by().filter(image=OuterRef("pk")))

    def of_owners(self) -> QuerySet[Any]:
        """Return the rows of the owners."""
        return self.rows.order_by().filter(**self.owners)


def with_rows(
    images: ImageQuerySet, needed: Sequence[Rows], checks: Sequence[Any] = (), newest: int | None = None
) -> ImageQuerySet:
    """Return those of `images` that have a row of each of `needed` and meet the conditions `checks`.

    `newest` is how many of the first ones in an order by time will be read (None: all). Where many of the newest
    images match, the caller's order is followed, and each image is looked up in the rows; that ends as soon as there
    are enough, however many there are. Otherwise the rows of the rarest value are read, which are few or the only way.
    """
    conditions = [*(one.of_image() for one in needed), *checks]
    if not needed or (newest is not None and _is_dense(images, conditions, newest)):
        return images.filter(*conditions)
    rarest = min(needed, key=_count) if len(needed) > 1 else needed[0]
    others = (one.of_image() for one in needed if one is not rarest)
    return images.filter(pk__in=rarest.of_owners().values("image")).filter(*others, *checks)


def _is_dense(images: ImageQuerySet, conditions: Sequence[Any], newest: int) -> bool:
    sample = list(images.order_by("-created_at", "-pk").values_list("pk", flat=True)[:SAMPLE])
    if len(sample) < SAMPLE:
        return True  # all there are
    found = Image.objects.filter(*conditions, pk__in=sample).count()
    return found >= FEWEST_FOUND and found * MOST_WALKED >= newest * SAMPLE


def _count(one: Rows) -> int:
    return one.of_owners().values("pk")[:MOST_COMPARED].count()


def within_bound(
    images: ImageQuerySet, needed: Sequence[Rows], checks: Sequence[Any], most: int, since: datetime | None = None
) -> tuple[ImageQuerySet, bool]:
    """Return those of `images` that `with_rows` would, and whether it is all of them; at most `most` are looked at.

    All are found through the rows of the rarest value where these are fewer than `most`. Otherwise only the newest
    `most` of `images` are asked, or those from `since` on, in the caller's order, so that it costs the same however
    many there are.
    """
    conditions = [*(one.of_image() for one in needed), *checks]
    counted = [(one.of_owners().values("pk")[:most].count(), place) for place, one in enumerate(needed)]
    number, rarest = min(counted, default=(most, 0))
    if number < most:
        others = [condition for place, condition in enumerate(conditions) if place != rarest]
        return images.filter(pk__in=needed[rarest].of_owners().values("image")).filter(*others), True
    if since is None and conditions:
        since = since_newest(images, most)
    if since is not None:
        images = images.filter(created_at__gte=since)
    return images.filter(*conditions), since is None


def since_newest(images: ImageQuerySet, most: int, before: datetime | None = None) -> datetime | None:
    """Return from when on the newest `most` of `images` are, in an index by their time; None if there are fewer.

    Those from `before` on are not counted.
    """
    if before is not None:
        images = images.filter(created_at__lt=before)
    moments = images.order_by("-created_at").values_list("created_at", flat=True)
    return next(iter(moments[most - 1 : most]), None)


def has_text(text: str) -> Subquery:
    """Return the condition that the searched text of an image has `text`, checked after the rows.

    As the value of a subquery: SQLite checks plain conditions first, PostgreSQL those of EXISTS, and reading a text
    costs more than finding a row.
    """
    found = Coalesce(ExpressionWrapper(Q(searched_text__contains=text), BooleanField()), False)
    return Subquery(Image.objects.order_by().filter(pk=OuterRef("pk")).values_list(found), BooleanField())
