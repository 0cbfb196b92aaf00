"""What each decision does to images: the columns that it sets, and how they are given back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from gallery.actions.sharing import revoke_links
from gallery.models import Image, ModerationAction, ShareLink

Columns = dict[str, Any]
Deed = ModerationAction.Deed

MOMENTS = ("quarantined_at", "blurred_at", "trashed_at", "published_at")
LOCKED = ("pk", "owner_id", "visibility", *MOMENTS)  # columns that are read of a locked image
FOR_GOOD = {"for_good": True}  # the `change` of a deletion that nothing brings back


@dataclass(frozen=True)
class ImageDeed:
    """A decision about images.

    `sets` returns the columns that change of an image, empty where it is as decided already. `audit` is the name of
    the entry in the audit log. `announced` is what open pages are told, as (action, value). `upholds`: open reports
    of the image were right.
    """

    sets: Callable[[Image, datetime], Columns]
    audit: str
    announced: tuple[str, Any]
    upholds: bool = True


def _approve(image: Image, now: datetime) -> Columns:
    return _different(image, {"quarantined_at": None, "blurred_at": None})


def _hold(image: Image, now: datetime) -> Columns:
    return {"quarantined_at": now} if image.quarantined_at is None else {}


def _blur(image: Image, now: datetime) -> Columns:
    """Show it, but blurred to others; a review ends with it."""
    return _different(image, {"quarantined_at": None, "blurred_at": image.blurred_at or now})


def _make_private(image: Image, now: datetime) -> Columns:
    return _different(image, {"visibility": Image.Visibility.PRIVATE.value, "published_at": None})


def _delete(image: Image, now: datetime) -> Columns:
    """Move it to the trash, from which its owner cannot bring it back because it is under review too."""
    wanted = {"trashed_at": image.trashed_at or now, "quarantined_at": image.quarantined_at or now}
    return _different(image, wanted)


def _leave(image: Image, now: datetime) -> Columns:
    """Change nothing: only its reports end."""
    return {}


def _different(image: Image, wanted: Columns) -> Columns:
    return {name: value for name, value in wanted.items() if getattr(image, name) != value}


IMAGE_DEEDS: dict[str, ImageDeed] = {
    Deed.APPROVE: ImageDeed(_approve, "image.released", ("release", None), upholds=False),
    Deed.RESOLVE: ImageDeed(_leave, "", ("resolve", None), upholds=False),
    Deed.BLUR: ImageDeed(_blur, "image.blurred", ("blur", None)),
    Deed.HOLD: ImageDeed(_hold, "image.quarantined", ("hold", None)),
    Deed.PRIVATE: ImageDeed(_make_private, "image.made_private", ("visibility", Image.Visibility.PRIVATE.value)),
    Deed.DELETE: ImageDeed(_delete, "image.taken_down", ("trash", None)),
}


def close_links(images: list[Image], actor: Any) -> set[Any]:
    """Close the share links of images for good; return the ids of images that had open ones."""
    open_links = ShareLink.objects.open().filter(image__in=[image.pk for image in images])
    linked = set(open_links.values_list("image", flat=True))
    if linked:
        revoke_links(links=ShareLink.objects.filter(image__in=linked), actor=actor)
    return linked


def describe_change(image: Image, after: Columns) -> dict[str, Columns]:
    """Return what a decision changes of an image as JSON: the columns before and after it."""
    before = {name: getattr(image, name) for name in after}
    return {"before": _as_json(before), "after": _as_json(after)}


def columns_to_restore(image: Image, change: dict[str, Columns]) -> Columns:
    """Return the columns from before a decision, of those that still are as it left them."""
    after, before = _from_json(change.get("after", {})), _from_json(change.get("before", {}))
    return {name: before[name] for name, value in after.items() if getattr(image, name) == value}


def _as_json(columns: Columns) -> Columns:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in columns.items()}


def _from_json(columns: Columns) -> Columns:
    return {
        name: parse_datetime(value) if name in MOMENTS and value is not None else value
        for name, value in columns.items()
    }
