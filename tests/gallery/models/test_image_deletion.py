"""Deleting an image or its owner deletes what belongs to it."""

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.actions.delete_images import delete_images
from gallery.actions.tags import change_tags
from gallery.models import CollectionItem, Image, ImageTag, ImageWord

pytestmark = pytest.mark.django_db


def test_deleting_an_image_deletes_its_words_tags_and_items(alice, alice_images, django_assert_max_num_queries):
    collection = create_collection(owner=alice, name="x")
    add_images(collection=collection, ids=[image.pk for image in alice_images.values()])
    change_tags(images=Image.objects.owned_by(alice), owner=alice, add=["good"])
    assert delete_images(images=Image.objects.owned_by(alice), actor=alice) == 5
    assert not CollectionItem.objects.exists()
    assert not ImageTag.objects.exists()
    assert set(ImageWord.objects.values_list("owner__username", flat=True)) == {"charlie"}


def test_deleting_a_user_deletes_everything(alice, alice_images):
    add_images(collection=create_collection(owner=alice, name="x"), ids=[alice_images["fox"].pk])
    change_tags(images=Image.objects.owned_by(alice), owner=alice, add=["good"])
    alice.delete()
    assert not ImageWord.objects.filter(word="ship").exists()
    assert not CollectionItem.objects.exists()
