"""Changes to collections: create, rename, delete, add and remove images."""

import unicodedata
import uuid
from collections.abc import Collection as Several
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from gallery.actions import publication
from gallery.actions.changes import announce
from gallery.models import Collection, CollectionItem, Image
from gallery.models.collection import LONGEST_DESCRIPTION, LONGEST_NAME
from gallery.text import normalize_text
from sdsite.accounts.models import User, lock_user
from sdsite.accounts.roles.backend import require

MOST_COLLECTIONS = 500
NAME_TAKEN = "You already have a collection with this name."


class TooManyCollections(Exception):
    """The owner already has MOST_COLLECTIONS collections."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__(f"You already have {MOST_COLLECTIONS} collections; delete some.")


def create_collection(*, owner: Any, name: str, description: str = "") -> Collection:
    """Create an empty collection.

    Raises:
        ValidationError: `name` has not 1 to LONGEST_NAME characters or the owner uses it already, or `description` has
            over LONGEST_DESCRIPTION characters.
        TooManyCollections: the owner already has MOST_COLLECTIONS.
    """
    with transaction.atomic():
        lock_user(owner.pk)
        if Collection.objects.owned_by(owner).count() >= MOST_COLLECTIONS:
            raise TooManyCollections
        collection = Collection(owner=owner)
        _write(collection, name=name, description=description)
    return collection


def change_collection(*, collection: Collection, name: str | None = None, description: str | None = None) -> Collection:
    """Change the name or the description of a collection; None leaves it as it is.

    Raises:
        ValidationError: as `create_collection`.
    """
    _write(
        collection,
        name=collection.name if name is None else name,
        description=collection.description if description is None else description,
    )
    return collection


def get_or_create_collection(*, owner: Any, name: str) -> tuple[Collection, bool]:
    """Return the owner's collection of this name, and whether it is new: created because there was none.

    Raises:
        ValidationError, TooManyCollections: as `create_collection`.
    """
    same_name = Collection.objects.owned_by(owner).filter(folded=_folded(_name(name)))
    existing = same_name.first()
    if existing is not None:
        return existing, False
    with transaction.atomic():
        lock_user(owner.pk)
        existing = same_name.first()  # asked again: another request may have created it meanwhile
        return (existing, False) if existing is not None else (create_collection(owner=owner, name=name), True)


def add_images(*, collection: Collection, ids: Several[uuid.UUID]) -> tuple[int, int]:
    """Add the owner's images to their collection; return how many of `ids` are theirs, and how many of those are new.

    Ids of other people's images, of deleted and of trashed ones are ignored. Images are added in the library's order.
    """
    return add_images_of(collection.owner_id, collection=collection, ids=ids)


def add_images_of(owner_id: int, *, collection: Collection, ids: Several[uuid.UUID]) -> tuple[int, int]:
    """Add images of one person, its owner or a member, to a collection; return the same as `add_images`.

    Raises:
        DeedRefused: others see the collection, and the roles of the person do not let them publish images.
        PublicationRefused: others see it, and a rule of the site refuses it.
    """
    if collection.visibility != Image.Visibility.PRIVATE:
        require(User.objects.get(pk=owner_id), "gallery.publish_image")
    wanted = Image.objects.kept().filter(owner_id=owner_id, pk__in=set(ids))
    judgement = publication.check_collecting(owner_id=owner_id, collection=collection, images=wanted)
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        own = Image.objects.kept().select_for_update().filter(owner_id=owner_id, pk__in=set(ids))
        keys = list(own.order_by("created_at", "pk").values_list("pk", flat=True))
        present = set(collection.items.filter(image__in=keys).values_list("image", flat=True))
        fresh = [pk for pk in keys if pk not in present]
        CollectionItem.objects.bulk_create(CollectionItem(collection=collection, image_id=pk) for pk in fresh)
        publication.apply(judgement, images=Image.objects.filter(pk__in=fresh), user_id=owner_id, door="collection")
        if fresh:
            touch(collection)
            announce(collection.owner_id, "collect", fresh, str(collection.pk))
    return len(keys), len(fresh)


def remove_image(*, collection: Collection, image_id: uuid.UUID) -> bool:
    """Remove an image from a collection; return whether it was in it. The image itself stays."""
    with transaction.atomic():
        removed, _ = collection.items.filter(image=image_id).delete()
        if removed:
            touch(collection)
            announce(collection.owner_id, "remove_from_collection", [image_id], str(collection.pk))
    return bool(removed)


def delete_collections(*, collections: QuerySet[Collection]) -> int:
    """Delete collections; return how many were deleted. Their images stay."""
    with transaction.atomic():
        found = list(collections.select_for_update().values_list("pk", flat=True))
        Collection.objects.filter(pk__in=found).delete()
    return len(found)


def touch(collection: Collection) -> None:
    """Note that the images of a collection changed just now."""
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
        raise ValidationError({"name": NAME_TAKEN}) from error


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.casefold()).casefold()[: 3 * LONGEST_NAME]


def _name(name: str) -> str:
    try:
        normal = normalize_text(name)
    except ValueError as error:
        raise ValidationError({"name": f"name: {error}"}) from error
    if not 1 <= len(normal) <= LONGEST_NAME:
        raise ValidationError({"name": f"name must be 1 to {LONGEST_NAME} characters; got {len(normal)}"})
    return normal


def _description(description: str) -> str:
    lines = description.strip().splitlines()
    try:
        normal = "\n".join(normalize_text(line) for line in lines)
    except ValueError as error:
        raise ValidationError({"description": f"description: {error}"}) from error
    if len(normal) > LONGEST_DESCRIPTION:
        sentence = f"description must be at most {LONGEST_DESCRIPTION} characters; got {len(normal)}"
        raise ValidationError({"description": sentence})
    return normal
