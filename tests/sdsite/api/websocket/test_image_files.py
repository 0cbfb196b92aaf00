"""Files that websockets send: to their owner, and never those under review or lost."""

import uuid

import pytest
from django.core.files.storage import default_storage

from gallery.actions.moderation import quarantine
from gallery.models import Image
from sdsite.accounts.credentials import Credentials
from sdsite.api.websocket.image_files import read_file
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_the_owner_gets_the_stored_bytes(alice):
    image = make_image(alice)
    with default_storage.open(image.file) as file:
        assert read_file(Credentials(alice), image.pk) == file.read()


def test_another_user_gets_nothing(alice, charlie):
    assert read_file(Credentials(charlie), make_image(alice).pk) is None
    assert read_file(Credentials(charlie), uuid.uuid4()) is None


def test_an_image_under_review_is_not_sent(alice):
    image = make_image(alice)
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    assert read_file(Credentials(alice), image.pk) is None


def test_a_file_that_is_lost_is_nothing(alice):
    image = make_image(alice)
    default_storage.delete(image.file)
    assert read_file(Credentials(alice), image.pk) is None
