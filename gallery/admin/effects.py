"""What actions of the admin would do to images, in numbers."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.template.defaultfilters import filesizeformat

from gallery.models import (
    Collection,
    CollectionItem,
    CollectionMember,
    Image,
    ImageTag,
    Like,
    Report,
    ShareLink,
)
from sdsite.accounts.admin_base import count

MOST_NAMED = 5  # owners, tags
REPORTED = (("image", "image"), ("reporter", "person", "people"))


def _look(images: QuerySet[Image]) -> dict[str, Any]:
    """Return how many of the images there are, of how many people, and which they are."""
    return images.aggregate(
        images=Count("pk"),
        owners=Count("owner", distinct=True),
        taken=Sum("size_bytes", default=0),
        shown=Count("pk", filter=Q(published_at__isnull=False)),
        held=Count("pk", filter=Q(quarantined_at__isnull=False)),
        trashed=Count("pk", filter=Q(trashed_at__isnull=False)),
        restorable=Count("pk", filter=Q(trashed_at__isnull=False, quarantined_at=None)),
    )


def of_holding(images: QuerySet[Image]) -> Iterator[str]:
    """Yield what putting images under review would do."""
    found = _look(images)
    new, people = count(found["images"] - found["held"], "image"), count(found["owners"], "person", "people")
    yield f"{new} of {people} will be hidden until somebody approves them. Hidden already: {found['held']:,}."
    yield f"Shared now: {found['shown']:,}. Owners are told."


def of_making_private(images: QuerySet[Image]) -> Iterator[str]:
    """Yield what making images private would do."""
    found = _look(images)
    open_links = ShareLink.objects.open().filter(image__in=images).count()
    people = count(found["owners"], "person", "people")
    yield f"{count(found['images'], 'image')} of {people} will be private. Shared now: {found['shown']:,}."
    yield f"{count(open_links, 'open share link')} will be closed for good. Owners are told, and may appeal."


def of_publishing(images: QuerySet[Image]) -> Iterator[str]:
    """Yield what publishing images would do."""
    found = _look(images)
    people = count(found["owners"], "person", "people")
    new = count(found["images"] - found["shown"], "image")
    yield f"{new} of {people} will be shown to everybody who may see shared images."
    yield f"Under review: {found['held']:,}, in the trash: {found['trashed']:,}; these stay hidden."


def of_restoring(images: QuerySet[Image]) -> Iterator[str]:
    """Yield what restoring images from the trash would do."""
    found = _look(images)
    yield f"{count(found['restorable'], 'image')} will leave the trash and be in the libraries of their owners again."
    yield f"Not in the trash, or under review: {found['images'] - found['restorable']:,}; these stay as they are."


def of_deleting(images: QuerySet[Image]) -> tuple[list[str], dict[str, int]]:
    """Return sentences on what deleting images for good would do, and the numbers of rows by kind."""
    found = _look(images)
    owners = list(images.order_by("owner__username").values_list("owner__username", flat=True).distinct()[:MOST_NAMED])
    names = ", ".join(owners) + (" and others" if found["owners"] > len(owners) else "")
    size = filesizeformat(found["taken"])
    said = [
        f"{count(found['images'], 'image')} of {names}, {size}: rows, files and thumbnails, for good.",
        f"Shared now: {found['shown']:,}. In the trash: {found['trashed']:,}.",
    ]
    related = {"image tags": ImageTag, "collection items": CollectionItem, "likes": Like, "share links": ShareLink}
    numbers = {name: model._default_manager.filter(image__in=images).count() for name, model in related.items()}
    return said, {"images": found["images"], **{name: number for name, number in numbers.items() if number}}


def of_deleting_collections(rows: QuerySet[Collection]) -> tuple[list[str], dict[str, int]]:
    """Return sentences on what deleting collections would do, and the numbers of rows by kind."""
    people = count(rows.values("owner").distinct().count(), "person", "people")
    open_links = ShareLink.objects.open().filter(collection__in=rows).count()
    said = [
        f"{count(rows.count(), 'collection')} of {people}, for good. Their images stay in the libraries.",
        f"Shared with everybody: {rows.exclude(visibility=Image.Visibility.PRIVATE).count():,}. "
        f"{count(open_links, 'open share link')} will open nothing any more.",
    ]
    related = {"collection items": CollectionItem, "members": CollectionMember, "share links": ShareLink}
    numbers = {name: model._default_manager.filter(collection__in=rows).count() for name, model in related.items()}
    return said, {"collections": rows.count(), **{name: number for name, number in numbers.items() if number}}


def of_deleting_tags(rows: QuerySet[ImageTag]) -> tuple[list[str], dict[str, int]]:
    """Return sentences on what deleting tags would do, and the numbers of rows by kind."""
    names = list(rows.order_by("name").values_list("name", flat=True).distinct()[: MOST_NAMED + 1])
    shown = ", ".join(names[:MOST_NAMED]) + (" and others" if len(names) > MOST_NAMED else "")
    images = count(rows.values("image").distinct().count(), "image")
    people = count(rows.values("owner").distinct().count(), "person", "people")
    return [f"{shown}: taken from {images} of {people}, whose searches by tag find them no more."], {
        "tags": rows.count()
    }


def of_resolving(reports: QuerySet[Report]) -> Iterator[str]:
    """Yield what closing reports without a decision would do."""
    found = reports.filter(resolved_at=None)
    images, people = (count(found.values(name).distinct().count(), *words) for name, *words in REPORTED)
    yield f"{count(found.count(), 'open report')} about {images} will end as wrong; {people} will be told."


def of_closing_links(links: QuerySet[ShareLink]) -> Iterator[str]:
    """Yield what closing share links would do."""
    opening = links.filter(revoked_at=None)
    people = count(opening.values("owner").distinct().count(), "person", "people")
    yield f"{count(opening.count(), 'link')} of {people} will open nothing any more, for good."
