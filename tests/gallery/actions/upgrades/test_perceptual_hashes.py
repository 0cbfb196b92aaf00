"""Perceptual hashes of images that an older version stored."""

import pytest
from django.core.files.storage import default_storage

from gallery.actions.upgrades.perceptual_hashes import fill_hashes
from gallery.models import HashBand, Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def old(owner, **options):
    image = make_image(owner, **options)
    HashBand.objects.filter(image=image).delete()
    Image.objects.filter(pk=image.pk).update(perceptual_hash=None)
    return image


def test_old_images_get_what_new_ones_have(alice):
    images = [old(alice, index=index) for index in range(3)]
    new = make_image(alice)
    bands = set(HashBand.objects.filter(image=new).values_list("key", "owner_id", "perceptual_hash"))
    assert [fill_hashes(2, seconds=60) for _ in range(4)] == [2, 1, 0, 0]
    for image in images:
        assert Image.objects.get(pk=image.pk).perceptual_hash == image.perceptual_hash
        assert set(HashBand.objects.filter(image=image).values_list("key", "owner_id", "perceptual_hash")) == bands
    assert HashBand.objects.count() == 16


def test_a_call_ends_after_its_time_and_the_next_goes_on(alice):
    for index in range(2):
        old(alice, index=index)
    assert [fill_hashes(seconds=0), fill_hashes(seconds=0), fill_hashes(seconds=0)] == [1, 1, 0]
    assert HashBand.objects.count() == 8


def test_an_image_without_a_readable_file_is_tried_once(alice):
    broken, plain = old(alice), old(alice, index=1)
    default_storage.delete(broken.thumbnail)
    assert [fill_hashes(seconds=60) for _ in range(3)] == [2, 0, 0]
    assert Image.objects.get(pk=broken.pk).perceptual_hash is None
    assert Image.objects.get(pk=plain.pk).perceptual_hash == 0
