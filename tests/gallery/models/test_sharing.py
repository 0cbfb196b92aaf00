"""Who sees whose images: a table of people, visibilities and what the site allows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection
from django.utils import timezone

from gallery.actions.collection_sharing import set_member, set_visibility
from gallery.actions.collections import add_images, create_collection
from gallery.models import Collection, Image, ShareLink
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_image, make_user

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def people(alice, bob, charlie):
    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    bob.is_staff = True
    bob.save()
    found = {
        "owner": alice,
        "other": charlie,
        "moderator": type(bob).objects.get(pk=bob.pk),
        "stranger": AnonymousUser(),
    }
    return {name: Credentials(user) for name, user in found.items()}


def seen(people, image):
    return {name for name, them in people.items() if Image.objects.visible_to(them).filter(pk=image.pk).exists()}


STAFF = {"owner", "moderator"}


@pytest.mark.parametrize("who", ["other", "stranger"])
def test_one_image_is_found_without_reading_all_that_is_shared(people, alice, who):
    image = make_image(alice)
    plan = Image.objects.visible_to(people[who]).filter(pk=image.pk).explain()
    if connection.vendor == "sqlite":
        assert "SEARCH gallery_image USING INDEX" in plan
        assert "SCAN" not in plan
        assert "LIST SUBQUERY" not in plan  # would be read to its end before the image is looked up


@pytest.mark.parametrize(
    ("allowed", "visibility", "expected"),
    [
        ("public", "private", STAFF),
        ("public", "members", {*STAFF, "other"}),
        ("public", "public", {*STAFF, "other", "stranger"}),
        ("links", "public", {*STAFF, "other"}),
        ("members", "public", {*STAFF, "other"}),
        ("off", "public", STAFF),
        ("off", "members", STAFF),
    ],
)
def test_who_sees_an_image_of_each_visibility(people, alice, settings, allowed, visibility, expected):
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": allowed}
    image = make_image(alice)
    Image.objects.update(visibility=visibility, published_at=timezone.now())
    assert seen(people, image) == expected
    found = {name for name, them in people.items() if Image.objects.published(them.user).exists()}
    everyone = set(people) - {"stranger"}
    assert found == (everyone if "other" in expected else set()) | (expected & {"stranger"})


@pytest.mark.parametrize("why", ["trash", "review", "suspended"])
def test_what_is_in_the_trash_under_review_or_of_a_suspended_person_is_seen_by_no_other(people, alice, why):
    image = make_image(alice)
    Image.objects.update(visibility="public", published_at=timezone.now())
    assert seen(people, image) == set(people)
    if why == "suspended":
        alice.is_active = False
        alice.save()
    else:
        Image.objects.update(**{"trashed_at" if why == "trash" else "quarantined_at": timezone.now()})
    assert seen(people, image) == STAFF
    assert not Image.objects.published(people["other"].user).exists()


def test_members_see_all_images_of_a_collection_and_others_those_of_its_owner(people, alice, charlie):
    eve = make_user("eve")
    people["eve"] = Credentials(eve)
    collection = create_collection(owner=alice, name="Skies")
    of_alice, of_charlie = make_image(alice), make_image(charlie)
    add_images(collection=collection, ids=[of_alice.pk])
    collection.items.create(image=of_charlie)
    assert seen(people, of_alice) == STAFF
    set_member(collection=collection, username="charlie", may_add=True)
    set_member(collection=collection, username="eve", may_add=False)
    assert seen(people, of_alice) == {*STAFF, "other", "eve"}
    assert seen(people, of_charlie) == {*STAFF, "other", "eve"}
    collection.members.filter(user=eve).delete()
    set_visibility(collection=collection, visibility="members")
    assert seen(people, of_alice) == {*STAFF, "other", "eve"}
    assert seen(people, of_charlie) == {*STAFF, "other"}
    for user, expected in ((alice, 1), (charlie, 1), (eve, 1), (AnonymousUser(), 0)):
        assert Collection.objects.visible_to(user).count() == expected


@pytest.mark.parametrize(
    ("changes", "opens"),
    [
        ({}, True),
        ({"expires_at": timedelta(minutes=1)}, True),
        ({"expires_at": -timedelta(seconds=1)}, False),
        ({"revoked_at": timedelta(0)}, False),
    ],
)
def test_a_link_opens_until_it_is_revoked_or_expires(alice, changes, opens):
    moments = {name: timezone.now() + by for name, by in changes.items()}
    link = ShareLink.objects.create(owner=alice, image=make_image(alice), **moments)
    assert link.is_open() is opens
    assert ShareLink.objects.open().exists() is opens
    assert len(link.token) == 24
    assert link.token not in str(link)
    alice.is_active = False
    alice.save()
    assert not ShareLink.objects.open().exists()
