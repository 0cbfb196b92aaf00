"""The order of a collection, page by page."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.actions.collection_sharing import set_member, set_order
from gallery.actions.collections import add_images, create_collection
from gallery.models import CollectionItem, Image
from gallery.search.collection_order import list_items
from sdsite.core.pagination import InvalidCursor, encode_cursor
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def collection(alice):
    """A collection of alice."""
    return create_collection(owner=alice, name="Skies")


def ids_of(collection, user, limit=2):
    found, cursor = [], None
    while True:
        page = list_items(collection, user, limit=limit, cursor=cursor)
        found += [item.image_id for item in page.items]
        cursor = page.next
        if cursor is None:
            return found


def test_images_come_in_the_owners_order_and_new_ones_in_front(alice, collection):
    images = [make_image(alice).pk for _ in range(5)]
    for image in images:
        add_images(collection=collection, ids=[image])
    assert ids_of(collection, alice) == images[::-1]
    set_order(collection=collection, ids=[images[2], images[0]])
    assert ids_of(collection, alice) == [images[index] for index in (2, 0, 4, 3, 1)]
    new = make_image(alice).pk
    add_images(collection=collection, ids=[new])
    assert ids_of(collection, alice)[:2] == [new, images[2]]
    assert ids_of(collection, alice, limit=1) == ids_of(collection, alice, limit=6)


def test_equal_moments_are_neither_skipped_nor_repeated(alice, collection):
    images = {make_image(alice).pk for _ in range(4)}
    add_images(collection=collection, ids=images)
    CollectionItem.objects.update(added_at=collection.created_at)
    found = ids_of(collection, alice, limit=1)
    assert len(found) == 4
    assert set(found) == images


@pytest.mark.parametrize("state", ["trash", "review", "suspended", "off"])
def test_what_others_may_not_see_is_not_listed(alice, charlie, collection, settings, state):
    own, theirs = make_image(alice), make_image(charlie)
    set_member(collection=collection, username="charlie", may_add=True)
    for image in (own, theirs):
        collection.items.create(image=image)
    assert set(ids_of(collection, charlie)) == set(ids_of(collection, alice)) == {own.pk, theirs.pk}
    if state == "suspended":
        type(alice).objects.filter(pk=charlie.pk).update(is_active=False)
    elif state == "off":
        settings.ENV = {**settings.ENV, "SDSITE_SHARING": "off"}
    else:
        column = {"trash": "trashed_at", "review": "quarantined_at"}[state]
        Image.objects.filter(pk=theirs.pk).update(**{column: collection.created_at})
    assert ids_of(collection, alice) == [own.pk]


def test_everyone_else_finds_the_owners_images_only(alice, bob, charlie, collection):
    own, theirs = make_image(alice), make_image(charlie)
    set_member(collection=collection, username="charlie", may_add=True)
    for image in (own, theirs):
        collection.items.create(image=image)
    assert ids_of(collection, bob) == ids_of(collection, AnonymousUser()) == [own.pk]


@pytest.mark.parametrize(
    "cursor", ["nonsense", "MA", "MHwyMDI2LTAxLTAxfDE", "OTk5OTk5OTk5OTk5fDIwMjYtMDEtMDFUMDA6MDA6MDArMDA6MDB8MQ"]
)
def test_a_cursor_of_somebody_else_is_refused(alice, collection, cursor):
    for wrong in (cursor, encode_cursor(collection.created_at, collection.pk)):
        with pytest.raises(InvalidCursor):
            list_items(collection, alice, limit=1, cursor=wrong)
