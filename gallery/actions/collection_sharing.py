"""Changes to a collection that is shared: its cover, the order of its images, and its members."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from gallery.actions.collections import add_images_of, touch
from gallery.models import Collection, CollectionItem, CollectionMember, Image
from sdsite.accounts.models import User
from sdsite.accounts.notices import notify
from sdsite.accounts.roles.backend import require

MOST_MEMBERS = 200
MOST_ORDERED = 5000  # images of one collection that can be put in an order


def set_cover(*, collection: Collection, image_id: uuid.UUID | None) -> None:
    """Choose the image that stands for a collection; None: the first one.

    Raises:
        ValidationError: the image is not in the collection.
    """
    if image_id is not None and not collection.items.filter(image=image_id, image__trashed_at=None).exists():
        raise ValidationError({"cover": _("cover must be an image of the collection")})
    collection.cover_id = image_id
    collection.save(update_fields=["cover"])


def set_visibility(*, collection: Collection, visibility: str) -> None:
    """Choose who sees a collection besides its members.

    Raises:
        ValidationError: there is no such visibility.
        DeedRefused: the roles of the owner do not let them publish images.
    """
    if visibility not in Image.Visibility.values:
        choices = ", ".join(Image.Visibility.values)
        raise ValidationError({"visibility": _("visibility must be one of %(choices)s") % {"choices": choices}})
    if visibility != Image.Visibility.PRIVATE:
        require(collection.owner, "gallery.publish_image")
    collection.visibility = visibility
    collection.save(update_fields=["visibility"])


def set_order(*, collection: Collection, ids: Sequence[uuid.UUID]) -> int:
    """Put the images `ids` of a collection first, in this order, the others behind them as they were; return how many.

    Ids that are not in the collection (any more) are ignored.

    Raises:
        ValidationError: the collection has more than MOST_ORDERED images.
    """
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        items = list(collection.items.order_by("position", "-added_at", "-pk"))
        if len(items) > MOST_ORDERED:
            sentence = _("a collection of more than %(most)d images cannot be put in an order; this one has %(got)d")
            raise ValidationError({"ids": sentence % {"most": MOST_ORDERED, "got": len(items)}})
        wanted = {pk: place for place, pk in enumerate(dict.fromkeys(ids))}
        first = sorted((item for item in items if item.image_id in wanted), key=lambda item: wanted[item.image_id])
        others = [item for item in items if item.image_id not in wanted]
        moved = []
        for place, item in enumerate([*first, *others], start=1):
            if item.position != place:
                item.position = place
                moved.append(item)
        CollectionItem.objects.bulk_update(moved, ["position"], batch_size=500)
        touch(collection)
    return len(first)


def set_member(*, collection: Collection, username: str, may_add: bool) -> CollectionMember:
    """Let a person of this site see a collection, and add images of their own if `may_add`.

    Raises:
        ValidationError: there is no such person, it is the owner, or there are MOST_MEMBERS.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise ValidationError({"username": _("There is no such person on this site.")})
    if user.pk == collection.owner_id:
        raise ValidationError({"username": _("This is the owner of the collection.")})
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        if collection.members.exclude(user=user).count() >= MOST_MEMBERS:
            raise ValidationError(
                {"username": _("A collection has at most %(most)d members.") % {"most": MOST_MEMBERS}}
            )
        member, is_new = CollectionMember.objects.update_or_create(
            collection=collection, user=user, defaults={"may_add": may_add}
        )
        if is_new:
            owner, address, group = collection.owner, reverse("collection", args=[collection.pk]), f"in {collection.pk}"
            notify(user, "collection_shared", actor=owner, group=group, url=address, collection=collection.name)
    return member


def remove_member(*, collection: Collection, user: Any) -> bool:
    """End a membership, and take the images that the person added out; return whether there was one."""
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)
        removed, _each = collection.members.filter(user=user).delete()
        if removed:
            collection.items.filter(image__owner=user).delete()
    return bool(removed)


def add_own_images(*, collection: Collection, user: Any, ids: Sequence[uuid.UUID]) -> tuple[int, int]:
    """Add images of `user`, a member who may add, to a collection; return how many are theirs, and how many new.

    Raises:
        ValidationError: the person may not add to this collection.
    """
    with transaction.atomic():
        Collection.objects.select_for_update().get(pk=collection.pk)  # first: a membership may be ending
        if not collection.members.filter(user=user, may_add=True).exists():
            raise ValidationError({"collection": _("Its owner lets you see this collection, not add to it.")})
        theirs, new = add_images_of(user.pk, collection=collection, ids=ids)
        if new:
            notify(
                collection.owner_id,
                "collection_filled",
                actor=user,
                group=f"collection {collection.pk} {user.pk}",
                url=reverse("collection", args=[collection.pk]),
                collection=collection.name,
                count=new,
            )
        return theirs, new
