"""Collections in the admin: viewed, searched, deleted."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import set_tags
from gallery.models import Collection, Image
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

LIST = reverse("admin:gallery_collection_changelist")


TAGS = reverse("admin:gallery_imagetag_changelist")


@pytest.fixture
def image(alice):
    image = make_image(alice, prompt="a red heart")
    set_tags(image=image, names=["sea"])
    return image


@pytest.fixture
def collection(alice, image):
    made = create_collection(owner=alice, name="Skies", description="Above the sea")
    add_images(collection=made, ids=[image.pk])
    return made


def found(response):
    return [row.pk for row in response.context["cl"].result_list]


def test_they_are_found_by_words_and_owner(as_root, charlie, collection):
    create_collection(owner=charlie, name="Hearts")
    for query in ("above", "alice", str(collection.pk)):
        assert found(as_root.get(LIST, {"q": query})) == [collection.pk]
    assert len(found(as_root.get(LIST))) == 2


def test_the_page_shows_the_description_and_images(as_root, collection, image):
    page = as_root.get(reverse("admin:gallery_collection_change", args=[collection.pk])).content.decode()
    for shown in ("Above the sea", "alice", reverse("image_thumbnail", args=[image.pk])):
        assert shown in page


def test_without_the_permission_a_collection_shows_no_images(as_moderator, bob, collection, image):
    bob.user_permissions.set(Permission.objects.filter(codename="view_collection"))
    page = as_moderator.get(reverse("admin:gallery_collection_change", args=[collection.pk])).content.decode()
    assert "Above the sea" in page
    assert str(image.pk) not in page


def test_deleting_leaves_the_images_and_is_in_the_trail(as_root, root, act, collection, image):
    act(as_root, LIST, "delete_selected", collection, post="yes")
    assert not Collection.objects.exists()
    assert Image.objects.get() == image
    assert AuditEvent.objects.filter(action="collection.deleted", actor=root).count() == 1


def test_longer_lists_cost_no_more_queries(as_root, alice, charlie, collection, django_assert_max_num_queries):
    for owner in (alice, charlie):
        for number in range(3):
            image = make_image(owner)
            set_tags(image=image, names=["x", "y"])
            add_images(collection=create_collection(owner=owner, name=str(number)), ids=[image.pk])
    for address in (LIST, TAGS):
        as_root.get(address)
        with django_assert_max_num_queries(12):
            as_root.get(address)
