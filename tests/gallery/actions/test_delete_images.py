"""Deleting images: files go after the commit, and deleting another user's image is recorded."""

import pytest

from gallery.actions.delete_images import delete_images
from gallery.models import Image
from sdsite.accounts.models import AuditEvent
from tests.gallery.conftest import files, store

pytestmark = pytest.mark.usefixtures("own_media")


def test_files_go_after_the_commit_and_only_then(alice, django_capture_on_commit_callbacks):
    image = store(alice)
    with django_capture_on_commit_callbacks() as callbacks:
        assert delete_images(images=Image.objects.filter(pk=image.pk), actor=alice) == 1
        assert sorted(files()) == sorted(image.files)
    for callback in callbacks:
        callback()
    assert files() == []


def test_deleting_another_users_image_is_recorded(alice, bob):
    delete_images(images=Image.objects.filter(pk=store(alice).pk), actor=alice)
    delete_images(images=Image.objects.filter(pk=store(alice).pk), actor=bob)
    assert [event.actor for event in AuditEvent.objects.all()] == [bob]
