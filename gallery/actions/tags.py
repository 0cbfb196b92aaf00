"""Put tags on images, and take them off."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from gallery.models import Image, ImageTag
from gallery.models.image import ImageQuerySet
from gallery.text import normalize_tag

MOST_TAGS = 50  # of one image
MOST_TOGETHER = 500  # images that are tagged, or put into a collection, at once


def normalize_tags(names: Iterable[str]) -> list[str]:
    """Return tags as they are kept, each once, by name.

    Raises:
        ValueError: as `normalize_tag`.
    """
    return sorted({normalize_tag(name) for name in names})


def split_tags(text: str) -> list[str]:
    """Return what stands between the commas of `text`, without what is empty; not yet as it is kept."""
    return [name for name in text.split(",") if name.strip()]


def set_tags(*, image: Image, names: Sequence[str]) -> list[str]:
    """Give `image` exactly the tags `names`; return them as they are kept.

    Raises:
        ValidationError: `tags`, one of them is no tag, or they are more than MOST_TAGS.
    """
    wanted = _checked("tags", names)
    with transaction.atomic():
        there = set(_locked(Image.objects.filter(pk=image.pk)).get(image.pk, ()))
        _write({image.pk: (there, set(wanted))}, image.owner_id)
    return wanted


def change_tags(*, images: ImageQuerySet, owner: Any, add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
    """Put the tags `add` on every one of `images`, all of `owner`, and take `remove` off; return how many images.

    What is in both is taken off. A number of queries that does not grow with the images.

    Raises:
        ValidationError: `add` or `remove`, one of them is no tag, or an image would have more than MOST_TAGS.
    """
    more, less = set(_checked("add", add)), set(_checked("remove", remove))
    with transaction.atomic():
        there = _locked(images)
        changes = {pk: (tags, (tags | more) - less) for pk, tags in there.items()}
        fullest = max((len(after) for _, after in changes.values()), default=0)
        if fullest > MOST_TAGS:
            raise ValidationError({"add": f"an image may have at most {MOST_TAGS} tags; one would have {fullest}"})
        _write(changes, owner.pk)
    return len(there)


def _checked(field: str, names: Sequence[str]) -> list[str]:
    try:
        tags = normalize_tags(names)
    except ValueError as error:
        raise ValidationError({field: str(error)}) from error
    if len(tags) > MOST_TAGS:
        raise ValidationError({field: f"{field} must be at most {MOST_TAGS} tags; got {len(tags)}"})
    return tags


def _locked(images: ImageQuerySet) -> dict[Any, set[str]]:
    """Return the tags of each image, which nobody else changes until the transaction ends."""
    there: dict[Any, set[str]] = {pk: set() for pk in _keys(images)}
    for pk, name in ImageTag.objects.filter(image__in=there).values_list("image", "name"):
        there[pk].add(name)
    return there


def _keys(images: ImageQuerySet) -> list[Any]:
    return [image.pk for image in images.select_for_update().only("pk").order_by("pk")]


def _write(changes: dict[Any, tuple[set[str], set[str]]], owner_id: int) -> None:
    gone = {name for before, after in changes.values() for name in before - after}
    if gone:
        losing = [pk for pk, (before, after) in changes.items() if before - after]
        # Every image of `losing` loses all of `gone` that it has: what is taken off is the same for all.
        ImageTag.objects.filter(image__in=losing, name__in=gone).delete()
    ImageTag.objects.bulk_create(
        ImageTag(image_id=pk, owner_id=owner_id, name=name)
        for pk, (before, after) in changes.items()
        for name in sorted(after - before)
    )
