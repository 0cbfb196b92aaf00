"""Telling open pages of other people that they may not see images any more, in a bounded number of messages."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q

from gallery.models import Collection, CollectionItem, CollectionMember, Image
from gallery.models.image import audiences_of
from sdsite.accounts.models import User

COLUMNS = ("pk", "owner_id", "visibility", "trashed_at", "quarantined_at")
MOST_IMAGES = 1000  # of one deed that are told; of more, pages find out with their next request
MOST_COLLECTIONS = 200  # with these images that are looked at
MOST_PEOPLE = 500  # told by themselves
TOGETHER = 200  # ids in one message

Ids = Sequence[uuid.UUID]
# Apps that publish events add a function here: it takes ids, and who is told (None: everybody who is signed in).
listeners: list[Callable[[list[str], int | None], None]] = []


@dataclass(frozen=True)
class Viewers:
    """Which images everybody who is signed in sees, and which some people see by a collection, by their ids."""

    everybody: frozenset[uuid.UUID] = frozenset()
    people: tuple[tuple[int, frozenset[uuid.UUID]], ...] = ()


def viewers_of(images: Iterable[Image]) -> Viewers:
    """Return who but their owners sees images now; ask it before they are changed, with COLUMNS at least."""
    shown = [image for image in images if image.trashed_at is None and image.quarantined_at is None][:MOST_IMAGES]
    audiences = audiences_of(User())
    if not shown or not audiences:
        return Viewers()
    open_items, shared = _collections_of([image.pk for image in shown], audiences)
    everybody = {image.pk for image in shown if image.visibility in audiences} | open_items
    owners = {image.pk: image.owner_id for image in shown}
    found: dict[int, set[uuid.UUID]] = defaultdict(set)
    for image_id, person in _people_of(shared):
        if image_id not in everybody and person != owners[image_id]:
            found[person].add(image_id)
    people = [(person, frozenset(ids)) for person, ids in found.items()][:MOST_PEOPLE]
    return Viewers(frozenset(everybody), tuple(people))


def _collections_of(ids: Ids, audiences: tuple[str, ...]) -> tuple[set[uuid.UUID], list[tuple[uuid.UUID, uuid.UUID]]]:
    """Return the images that an open collection shows to everybody, and (image, collection) of the others."""
    items = CollectionItem.objects.filter(image__in=ids, collection__owner__is_active=True)
    is_open = Q(collection__visibility__in=audiences, image__owner=F("collection__owner"))
    to_all = set(items.filter(is_open).values_list("image", flat=True))
    others = items.exclude(image__in=to_all).values_list("image", "collection")
    return to_all, list(others[:MOST_COLLECTIONS])


def _people_of(shared: list[tuple[uuid.UUID, uuid.UUID]]) -> Iterable[tuple[uuid.UUID, int]]:
    by_collection: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for image, collection in shared:
        by_collection[collection].append(image)
    members = CollectionMember.objects.filter(collection__in=by_collection)
    owners = Collection.objects.filter(pk__in=by_collection).values_list("pk", "owner")
    pairs = [*owners, *members.values_list("collection", "user")[:MOST_PEOPLE]]
    return [(image, person) for collection, person in pairs for image in by_collection[collection]]


def tell(viewers: Viewers, hidden: Iterable[uuid.UUID] | None = None) -> None:
    """Tell them, once the transaction is committed, that they see `hidden` (None: all of these images) no more."""
    kept = set(hidden) if hidden is not None else None
    groups: list[tuple[int | None, frozenset[uuid.UUID]]] = [(None, viewers.everybody), *viewers.people]
    messages = []
    for person, seen in groups:
        ids = sorted(str(pk) for pk in seen if kept is None or pk in kept)
        messages += [(ids[at : at + TOGETHER], person) for at in range(0, len(ids), TOGETHER)]
    if messages:
        transaction.on_commit(lambda: _tell(messages))


def _tell(messages: list[tuple[list[str], int | None]]) -> None:
    for ids, person in messages:
        for listener in listeners:
            listener(ids, person)
