"""Facets: how many of the matching images have which value."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Count

from gallery.models import Collection, CollectionItem, Image, ImageLora, ImageTag
from gallery.models.image import ImageQuerySet
from gallery.search.filters import ImageFilter, filter_newest
from sdsite.accounts.credentials import Credentials

MOST_FACETS = 50  # values of each kind
MOST_MONTHS = 240
MOST_COUNTED = 1_000  # newest matching images whose facets are counted
MOST_ASKED = 5_000  # newest images that are asked whether they match frequent words

Row = dict[str, Any]
COLUMNS = (
    "pk",
    "created_at",
    "checkpoint",
    "sampler",
    "task",
    "format",
    "width",
    "height",
    "rating",
    "is_favourite",
    "visibility",
)
# kind -> the value that an image has, as its filter takes it
VALUES: dict[str, Callable[[Row], str]] = {
    "checkpoints": lambda row: row["checkpoint"] or "",
    "samplers": lambda row: row["sampler"] or "",
    "tasks": lambda row: row["task"] or "",
    "formats": lambda row: row["format"],
    "sizes": lambda row: f"{row['width']}x{row['height']}",
    "aspects": lambda row: _aspect(row["width"], row["height"]),
    "ratings": lambda row: str(row["rating"]),
    "favourites": lambda row: "true" if row["is_favourite"] else "false",
    "visibilities": lambda row: row["visibility"],
}
OF_OWNER = ("tags", "visibilities", "ratings", "favourites")  # kinds that are counted among one's own images only
# kind -> the model whose rows name the values
NAMED: dict[str, type[models.Model]] = {"tags": ImageTag, "loras": ImageLora}
# kind -> column of images, or model of rows, all of whose values are listed however many images there are
LISTED: dict[str, tuple[type[models.Model], str]] = {
    "checkpoints": (Image, "checkpoint"),
    "samplers": (Image, "sampler"),
    "tags": (ImageTag, "name"),
    "loras": (ImageLora, "name"),
}

Counts = list[tuple[str, int]]


def _aspect(width: int, height: int) -> str:
    return "square" if width == height else "portrait" if width < height else "landscape"


@dataclass(frozen=True)
class Facets:
    """Counts of images by value, (value, count), the largest first, at most MOST_FACETS of each kind; months by date.

    `images` is how many were counted; if `all_counted` is false there are more, and these are the newest. A value that
    none of these has, but an older image of the library may have, is listed with 0.
    """

    images: int
    all_counted: bool = True
    checkpoints: Counts = field(default_factory=list)
    loras: Counts = field(default_factory=list)
    samplers: Counts = field(default_factory=list)
    sizes: Counts = field(default_factory=list)
    aspects: Counts = field(default_factory=list)
    tasks: Counts = field(default_factory=list)
    formats: Counts = field(default_factory=list)
    months: Counts = field(default_factory=list)
    ratings: Counts = field(default_factory=list)
    favourites: Counts = field(default_factory=list)
    visibilities: Counts = field(default_factory=list)
    tags: Counts = field(default_factory=list)
    collections: Counts = field(default_factory=list)


def count_facets(
    images: ImageQuerySet,
    wanted: ImageFilter,
    owner: Any,
    reader: Credentials | None = None,
    *,
    since: datetime | None = None,
) -> Facets:
    """Count the values by which the matching ones of `images`, all of `owner`, could be filtered further.

    Not more than MOST_COUNTED images are counted, the newest, and not more than MOST_ASKED asked whether they match
    frequent words, so that it costs the same in every library.
    `owner` None: the images are of several people, kinds OF_OWNER are not counted, and those with frequent words are
    looked for from `since` on. `reader`: as for `filter_images`.
    """
    matching, is_whole = filter_newest(images, wanted, owner, MOST_ASKED, reader=reader, since=since)
    newest = matching.order_by("-created_at", "-pk")[: MOST_COUNTED + 1]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in newest.values_list(*COLUMNS)]
    all_counted = is_whole and len(rows) <= MOST_COUNTED
    rows = rows[:MOST_COUNTED]
    within = [row["pk"] for row in rows]  # read once, because a subquery would search again for each kind
    counts = {kind: Counter(map(value, rows)) for kind, value in VALUES.items()}
    counts |= {kind: _count(model._default_manager.filter(image__in=within), "name") for kind, model in NAMED.items()}
    if owner is None:
        counts |= {kind: Counter() for kind in OF_OWNER}
    else:
        # All collections are counted and others' left out, because with a join each of one's own would be searched.
        own = set(map(str, Collection.objects.owned_by(owner).values_list("pk", flat=True)))
        found = _count(CollectionItem.objects.filter(image__in=within), "collection")
        counts["collections"] = Counter({pk: number for pk, number in found.items() if pk in own})
    if not all_counted and owner is not None and wanted.is_empty:
        for kind, (model, column) in LISTED.items():
            for value in distinct_values(model, column, owner):
                counts[kind].setdefault(value, 0)
    months = Counter(f"{row['created_at'].astimezone(wanted.zone):%Y-%m}" for row in rows)
    return Facets(
        images=len(rows),
        all_counted=all_counted,
        months=sorted(months.items(), reverse=True)[:MOST_MONTHS],
        **{kind: _most(found) for kind, found in counts.items()},
    )


def _count(rows: models.QuerySet[Any], column: str) -> Counter[str]:
    counted = rows.order_by().values_list(column).annotate(number=Count("pk"))
    return Counter({str(value): number for value, number in counted})


def _most(counts: Counter[str]) -> Counts:
    found = sorted(((value, number) for value, number in counts.items() if value), key=lambda one: (-one[1], one[0]))
    return found[:MOST_FACETS]


def distinct_values(model: type[models.Model], column: str, owner: Any) -> list[str]:
    """Return the first MOST_FACETS different values of a column among the rows of `owner`, sorted.

    One query, which enters the index once a value instead of reading it from end to end: each step asks for the next
    larger one.
    """
    quote = connection.ops.quote_name
    name, table = quote(column), quote(model._meta.db_table)
    kept = f" AND {quote('trashed_at')} IS NULL" if model is Image else ""
    # Only names of columns and tables are put into the texts.
    larger = f"SELECT {name} FROM {table} WHERE owner_id = %s{kept} AND {name} > found.value ORDER BY {name} LIMIT 1"  # noqa: S608
    step = f"SELECT CAST(({larger}) AS text), number + 1 FROM found WHERE value IS NOT NULL AND number < %s"  # noqa: S608
    query = (
        f"WITH RECURSIVE found(value, number) AS (SELECT CAST('' AS text), 0 UNION ALL {step}) SELECT value FROM found"  # noqa: S608
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [owner.pk, MOST_FACETS])
        return [value for (value,) in cursor.fetchall() if value]


def count_tags(owner: Any) -> Counts:
    """Return the tags of the kept images of `owner` with how many have them, by name.

    All tags are counted in their index, and those of the few images in the trash taken off.
    """
    own = ImageTag.objects.owned_by(owner)
    counts = _count(own, "name")
    counts.subtract(_count(own.filter(image__in=Image.objects.owned_by(owner).trashed().values("pk")), "name"))
    return sorted((name, number) for name, number in counts.items() if number > 0)
