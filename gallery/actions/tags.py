"""Changes to the tags of images."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from gallery.actions.changes import announce
from gallery.models import Image, ImageTag
from gallery.models.image import ImageQuerySet
from gallery.text import normalize_tag

MOST_TAGS = 50  # of one image
MOST_TOGETHER = 500  # images that are tagged, or added to a collection, in one request


def normalize_tags(names: Iterable[str]) -> list[str]:
    """Return tags as they are stored, each once, sorted by name.

    Raises:
        ValueError: as `normalize_tag`.
    """
    return sorted({normalize_tag(name) for name in names})


def split_tags(text: str) -> list[str]:
    """Return the non-empty parts of `text` between its commas; not yet in normal form."""
    return [name for name in text.split(",") if name.strip()]


def set_tags(*, image: Image, names: Sequence[str]) -> list[str]:
    """Give `image` exactly the tags `names`; return them as they are stored.

    Raises:
        ValidationError: `tags`: one is not a valid tag, or there are more than MOST_TAGS.
    """
    wanted = _checked("tags", names)
    with transaction.atomic():
        before = set(_locked(Image.objects.filter(pk=image.pk)).get(image.pk, ()))
        _write({image.pk: (before, set(wanted))}, image.owner_id)
        announce(image.owner_id, "tags", [image.pk])
    return wanted


def change_tags(*, images: ImageQuerySet, owner: Any, add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
    """Add the tags `add` to each of `images`, all of `owner`, and remove the tags `remove`; return how many images.

    A tag in both is removed. The number of queries does not grow with the images.

    Raises:
        ValidationError: `add` or `remove`: one is not a valid tag, or an image would have more than MOST_TAGS.
    """
    added, removed = set(_checked("add", add)), set(_checked("remove", remove))
    with transaction.atomic():
        present = _locked(images)
        changes = {pk: (tags, (tags | added) - removed) for pk, tags in present.items()}
        fullest = max((len(after) for _, after in changes.values()), default=0)
        if fullest > MOST_TAGS:
            raise ValidationError({"add": f"an image may have at most {MOST_TAGS} tags; one would have {fullest}"})
        _write(changes, owner.pk)
        announce(owner.pk, "tags", list(present))
    return len(present)


def _checked(field: str, names: Sequence[str]) -> list[str]:
    try:
        tags = normalize_tags(names)
    except ValueError as error:
        raise ValidationError({field: str(error)}) from error
    if len(tags) > MOST_TAGS:
        raise ValidationError({field: f"{field} must be at most {MOST_TAGS} tags; got {len(tags)}"})
    return tags


def _locked(images: ImageQuerySet) -> dict[Any, set[str]]:
    """Return the tags of each image by its id, and lock the images until the transaction ends."""
    tags: dict[Any, set[str]] = {pk: set() for pk in _keys(images)}
    for pk, name in ImageTag.objects.filter(image__in=tags).values_list("image", "name"):
        tags[pk].add(name)
    return tags


def _keys(images: ImageQuerySet) -> list[Any]:
    return [image.pk for image in images.select_for_update().only("pk").order_by("pk")]


def _write(changes: dict[Any, tuple[set[str], set[str]]], owner_id: int) -> None:
    removed = {name for before, after in changes.values() for name in before - after}
    if removed:
        losing = [pk for pk, (before, after) in changes.items() if before - after]
        # The tags to remove are the same for all images, so one query can remove them from all that lose any.
        ImageTag.objects.filter(image__in=losing, name__in=removed).delete()
    ImageTag.objects.bulk_create(
        ImageTag(image_id=pk, owner_id=owner_id, name=name)
        for pk, (before, after) in changes.items()
        for name in sorted(after - before)
    )
