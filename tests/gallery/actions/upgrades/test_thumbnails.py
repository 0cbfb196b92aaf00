"""Placeholders and thumbnails of images that an older version stored."""

import pytest
from django.core.files.storage import default_storage

from gallery.actions.media_files import remove_files
from gallery.actions.upgrades.thumbnails import NONE, fill_thumbnails
from gallery.models import Image
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def old(owner, **options):
    """Return an image as an older version stored it, and what this one would have."""
    image = make_image(owner, size=(1200, 600), **options)
    remove_files([image.thumbnail_small, image.thumbnail_large])
    Image.objects.filter(pk=image.pk).update(thumbhash=None, thumbnail_small="", thumbnail_large="")
    return image


def test_old_images_get_what_new_ones_have(alice):
    images = [old(alice, index=index) for index in range(3)]
    assert [fill_thumbnails(2, seconds=60) for _ in range(3)] == [2, 1, 0]
    for image in images:
        filled = Image.objects.get(pk=image.pk)
        assert (filled.thumbhash, filled.thumbnail) == (image.thumbhash, image.thumbnail)
        assert default_storage.exists(filled.thumbnail_small)
        assert default_storage.exists(filled.thumbnail_large)


def test_a_call_ends_after_its_time(alice):
    for index in range(2):
        old(alice, index=index)
    assert fill_thumbnails(seconds=0) == 1


def test_an_image_without_a_readable_file_is_tried_once(alice):
    image = old(alice)
    default_storage.delete(image.file)
    assert [fill_thumbnails(seconds=60) for _ in range(2)] == [1, 0]
    assert Image.objects.get().thumbhash == NONE


def test_an_image_deleted_meanwhile_leaves_no_files(alice, monkeypatch):
    from gallery.imaging import thumbnails

    old(alice)
    hashed = thumbnails.make_thumbhash

    def deleted_meanwhile(pixels):
        Image.objects.all().delete()
        return hashed(pixels)

    removed = []
    monkeypatch.setattr(thumbnails, "make_thumbhash", deleted_meanwhile)
    monkeypatch.setattr("gallery.actions.upgrades.thumbnails.remove_files", removed.extend)
    fill_thumbnails()
    assert len(removed) == 2
