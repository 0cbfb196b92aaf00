"""The trash: what is in it, emptied, and deleted after its days."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.actions import trash
from gallery.actions.trash import delete_expired, deleted_at, empty_trash, trash_images
from gallery.models import Image
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def days(monkeypatch, settings, number):
    monkeypatch.setitem(settings.ENV, "SDSITE_TRASH_DAYS", number)


@pytest.fixture
def trashed(alice):
    images = [make_image(alice, index=index) for index in range(3)]
    assert trash_images(images=Image.objects.owned_by(alice), owner=alice) == 3
    return images


def test_trashing_twice_keeps_the_first_moment(alice, trashed):
    moment = Image.objects.first().trashed_at
    assert trash_images(images=Image.objects.owned_by(alice), owner=alice) == 0
    assert Image.objects.first().trashed_at == moment


def test_emptying_deletes_files_in_steps_and_spares_the_rest(
    alice, charlie, trashed, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(trash, "BATCH", 2)
    kept, foreign = make_image(alice), make_image(charlie)
    trash_images(images=Image.objects.owned_by(charlie), owner=charlie)
    with django_capture_on_commit_callbacks(execute=True):
        assert empty_trash(owner=alice, most=1) == (1, 2)
        assert empty_trash(owner=alice) == (2, 0)
    assert set(Image.objects.all()) == {kept, foreign}
    assert not any(default_storage.exists(name) for image in trashed for name in (image.file, image.thumbnail))
    assert not AuditEvent.objects.exists()


def test_only_what_was_there_for_the_days_is_deleted(alice, trashed, monkeypatch, settings):
    old = timezone.now() - timedelta(days=30, seconds=1)
    Image.objects.filter(pk=trashed[0].pk).update(trashed_at=old)
    days(monkeypatch, settings, 0)
    assert delete_expired() == 0
    days(monkeypatch, settings, 30)
    assert delete_expired() == 1
    assert delete_expired() == 0
    assert set(Image.objects.all()) == set(trashed[1:])


def test_an_image_says_when_it_goes(alice, trashed, monkeypatch, settings):
    image = Image.objects.first()
    days(monkeypatch, settings, 2)
    assert deleted_at(image) == image.trashed_at + timedelta(days=2)
    days(monkeypatch, settings, 0)
    assert deleted_at(image) is None
    assert deleted_at(make_image(alice)) is None
