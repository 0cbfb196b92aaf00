"""Cover, order and members of a collection."""

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError

from gallery.actions import collection_sharing
from gallery.actions.bulk.run import run_action
from gallery.actions.collection_sharing import add_own_images, remove_member, set_cover, set_member, set_order
from gallery.actions.collections import add_images, create_collection
from gallery.models import Collection
from sdsite.accounts.models import Notice
from tests.support.at_once import while_locked
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def collection(alice):
    """A collection of alice."""
    return create_collection(owner=alice, name="Skies")


@pytest.fixture
def images(alice, collection):
    """Three images in it, the last one added first in the list."""
    found = [make_image(alice) for _ in range(3)]
    for image in found:
        add_images(collection=collection, ids=[image.pk])
    return found[::-1]


def order(collection):
    return list(collection.items.values_list("image", flat=True))


def test_images_stand_in_the_order_that_was_chosen_and_new_ones_come_first(alice, collection, images):
    assert order(collection) == [image.pk for image in images]
    third, first = images[2], images[0]
    assert set_order(collection=collection, ids=[third.pk, first.pk, third.pk, make_image(alice).pk]) == 2
    assert order(collection) == [third.pk, first.pk, images[1].pk]
    fresh = make_image(alice)
    add_images(collection=collection, ids=[fresh.pk])
    assert order(collection) == [fresh.pk, third.pk, first.pk, images[1].pk]


def test_a_very_large_collection_is_not_ordered_by_hand(collection, images, monkeypatch):
    monkeypatch.setattr(collection_sharing, "MOST_ORDERED", 2)
    with pytest.raises(ValidationError, match="more than 2 images cannot be put in an order; this one has 3"):
        set_order(collection=collection, ids=[])


def test_the_cover_is_the_chosen_image_or_the_first(alice, collection, images):
    def cover():
        return Collection.objects.counted().get().shown_cover

    assert cover() == images[0].pk
    set_cover(collection=collection, image_id=images[2].pk)
    assert cover() == images[2].pk
    with pytest.raises(ValidationError, match="an image of the collection"):
        set_cover(collection=collection, image_id=make_image(alice).pk)
    images[2].delete()
    assert cover() == images[0].pk
    collection.refresh_from_db()
    set_cover(collection=collection, image_id=None)
    assert cover() == images[0].pk


def test_members_add_their_own_images_and_take_them_along(alice, charlie, collection, images):
    own = make_image(charlie)
    with pytest.raises(ValidationError, match="not add"):
        add_own_images(collection=collection, user=charlie, ids=[own.pk])
    set_member(collection=collection, username="charlie", may_add=False)
    with pytest.raises(ValidationError, match="not add"):
        add_own_images(collection=collection, user=charlie, ids=[own.pk])
    set_member(collection=collection, username="charlie", may_add=True)
    assert add_own_images(collection=collection, user=charlie, ids=[own.pk, make_image(alice).pk]) == (1, 1)
    assert add_own_images(collection=collection, user=charlie, ids=[own.pk]) == (1, 0)
    assert remove_member(collection=collection, user=charlie)
    assert not remove_member(collection=collection, user=charlie)
    assert order(collection) == [image.pk for image in images]


@pytest.mark.parametrize("username", ["nobody", "alice", "suspended"])
def test_who_cannot_be_a_member_is_named(alice, charlie, collection, username):
    if username == "suspended":
        charlie.is_active = False
        charlie.save()
    with pytest.raises(ValidationError) as refused:
        set_member(collection=collection, username="charlie" if username == "suspended" else username, may_add=True)
    assert list(refused.value.message_dict) == ["username"]


def test_a_collection_has_so_many_members_and_no_more(bob, charlie, collection, monkeypatch):
    monkeypatch.setattr(collection_sharing, "MOST_MEMBERS", 1)
    set_member(collection=collection, username="bob", may_add=False)
    set_member(collection=collection, username="bob", may_add=True)
    with pytest.raises(ValidationError, match="at most 1 members"):
        set_member(collection=collection, username="charlie", may_add=True)


@pytest.mark.django_db(transaction=True)
def test_who_adds_while_the_membership_ends_leaves_nothing_behind(charlie, collection):
    pk = make_image(charlie).pk
    for add, refusal in (
        (lambda: add_own_images(collection=collection, user=charlie, ids=[pk]), ValidationError),
        (lambda: run_action(owner=charlie, action="collect", value=str(collection.pk), ids=[pk]), ObjectDoesNotExist),
    ):
        set_member(collection=collection, username="charlie", may_add=True)
        with while_locked(add) as outcome:
            remove_member(collection=collection, user=charlie)
        assert isinstance(outcome[0], refusal), outcome
    assert order(collection) == []


def test_members_are_told_of_their_membership_and_the_owner_of_their_images(alice, charlie, collection):
    for may_add in (False, True):  # the second call changes a membership that there is
        set_member(collection=collection, username="charlie", may_add=may_add)
    for ids in ([make_image(charlie).pk], [make_image(charlie).pk, make_image(charlie).pk]):
        for _ in range(2):  # what is in it already is no news
            add_own_images(collection=collection, user=charlie, ids=ids)
    told = {(one.person.username, one.kind, one.detail.get("count", 1)) for one in Notice.objects.all()}
    assert told == {("charlie", "collection_shared", 1), ("alice", "collection_filled", 3)}
    assert set(Notice.objects.values_list("url", flat=True)) == {f"/collections/{collection.pk}/"}
