"""Facets: how many of the matching images have which value."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from gallery.models import Image, ImageTag
from gallery.models.image import ImageQuerySet
from gallery.search.filters import ImageFilter, filter_images

MOST_FACETS = 50  # values of each kind
MOST_COUNTED = 10_000  # newest matching images whose facets are counted
FACETS = ("checkpoint", "task", "format")


@dataclass(frozen=True)
class Facets:
    """Counts of images by value, (value, count), the largest first, at most MOST_FACETS of each kind.

    `images` is how many were counted; if `all_counted` is false there are more, and these are the newest.
    """

    checkpoints: list[tuple[str, int]]
    tasks: list[tuple[str, int]]
    formats: list[tuple[str, int]]
    tags: list[tuple[str, int]]
    images: int
    all_counted: bool = True


def count_facets(images: ImageQuerySet, wanted: ImageFilter, owner: Any) -> Facets:
    """Count the values by which the matching ones of `images`, all of `owner`, could be filtered further.

    Two queries. If more than MOST_COUNTED images match, only the newest are counted.
    """
    own, tags = Image.objects.owned_by(owner).kept(), ImageTag.objects.owned_by(owner).kept()
    if not wanted.is_empty:
        newest = filter_images(images, wanted, owner).order_by("-created_at", "-pk").values("pk")[:MOST_COUNTED]
        own, tags = own.filter(pk__in=newest), tags.filter(image__in=newest)
    counts = {column: Counter[str]() for column in FACETS}
    total = 0
    for *values, number in own.order_by().values_list(*FACETS).annotate(number=Count("pk")):
        total += number
        for column, value in zip(FACETS, values, strict=True):
            counts[column][value or ""] += number
    named = tags.order_by().values_list("name").annotate(number=Count("pk")).order_by("-number", "name")
    return Facets(
        checkpoints=_most(counts["checkpoint"]),
        tasks=_most(counts["task"]),
        formats=_most(counts["format"]),
        tags=list(named[:MOST_FACETS]),
        images=total,
        all_counted=wanted.is_empty or total < MOST_COUNTED,
    )


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    found = sorted(((value, number) for value, number in counts.items() if value), key=lambda one: (-one[1], one[0]))
    return found[:MOST_FACETS]
