"""Make collections, and put images into them."""

import unicodedata
import uuid
from collections.abc import Collection as Several
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from gallery.models import Collection, CollectionItem, Image
from gallery.models.collection import LONGEST_DESCRIPTION, LONGEST_NAME
from gallery.text import normalize_text

MOST_COLLECTIONS = 500
TAKEN = "Another one of yours has this name."


class TooManyCollections(Exception):
    """Somebody has as many collections as one person may."""

    def __init__(self) -> None:
        """Say so in a sentence."""
        super().__init__(f"You have {MOST_COLLECTIONS} collections already; delete some.")


def create_collection(*, owner: Any, name: str, description: str = "") -> Collection:
    """Make an empty collection.

    Raises:
        ValidationError: `name` (1 to LONGEST_NAME characters, another of the owner's has it), `description` (at most
            LONGEST_DESCRIPTION).
        TooManyCollections: MOST_OWN are there.
    """
    if Collection.objects.owned_by(owner).count() >= MOST_COLLECTIONS:
        raise TooManyCollections
    collection = Collection(owner=owner)
    _write(collection, name=name, description=description)
    return collection


def change_collection(*, collection: Collection, name: str | None = None, description: str | None = None) -> Collection:
    """Give a collection another name or description; what is None stays.

    Raises:
        ValidationError: as `create_collection`.
    """
    _write(
        collection,
        name=collection.name if name is None else name,
        description=collection.description if description is None else description,
    )
    return collection


def get_or_create_collection(*, owner: Any, name: str) -> Collection:
    """Return the owner's collection of this name, made now where there is none.

    Raises:
        ValidationError, TooManyCollections: as `create_collection`.
    """
    there = Collection.objects.owned_by(owner).filter(folded=_folded(_name(name))).first()
    return there or create_collection(owner=owner, name=name)


def add_images(*, collection: Collection, ids: Several[uuid.UUID]) -> tuple[int, int]:
    """Put own images into an own collection; return how many of `ids` are one's own, and how many of them came new.

    Strangers' images and those that are gone are passed over. What comes first in the library comes first here, too.
    """
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        own = Image.objects.select_for_update().filter(owner_id=collection.owner_id, pk__in=set(ids))
        keys = list(own.order_by("created_at", "pk").values_list("pk", flat=True))
        there = set(collection.items.filter(image__in=keys).values_list("image", flat=True))
        fresh = [pk for pk in keys if pk not in there]
        CollectionItem.objects.bulk_create(CollectionItem(collection=collection, image_id=pk) for pk in fresh)
        if fresh:
            _touch(collection)
    return len(keys), len(fresh)


def remove_image(*, collection: Collection, image_id: uuid.UUID) -> bool:
    """Take an image out of a collection, and tell whether it was in; the image itself stays."""
    with transaction.atomic():
        gone, _ = collection.items.filter(image=image_id).delete()
        if gone:
            _touch(collection)
    return bool(gone)


def delete_collections(*, collections: QuerySet[Collection]) -> int:
    """Delete collections and return how many went; their images stay."""
    with transaction.atomic():
        found = list(collections.select_for_update().values_list("pk", flat=True))
        Collection.objects.filter(pk__in=found).delete()
    return len(found)


def _touch(collection: Collection) -> None:
    collection.updated_at = timezone.now()
    collection.save(update_fields=["updated_at"])


def _write(collection: Collection, *, name: str, description: str) -> None:
    collection.name, collection.folded = _name(name), _folded(_name(name))
    collection.description = _description(description)
    collection.updated_at = timezone.now()
    try:
        with transaction.atomic():
            collection.save()
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.casefold()).casefold()[: 3 * LONGEST_NAME]


def _name(name: str) -> str:
    try:
        tidy = normalize_text(name)
    except ValueError as error:
        raise ValidationError({"name": f"name: {error}"}) from error
    if not 1 <= len(tidy) <= LONGEST_NAME:
        raise ValidationError({"name": f"name must be 1 to {LONGEST_NAME} characters; got {len(tidy)}"})
    return tidy


def _description(description: str) -> str:
    lines = description.strip().splitlines()
    try:
        tidy = "\n".join(normalize_text(line) for line in lines)
    except ValueError as error:
        raise ValidationError({"description": f"description: {error}"}) from error
    if len(tidy) > LONGEST_DESCRIPTION:
        sentence = f"description must be at most {LONGEST_DESCRIPTION} characters; got {len(tidy)}"
        raise ValidationError({"description": sentence})
    return tidy
