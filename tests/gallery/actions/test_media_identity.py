"""Database and media know that they belong together."""

import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.actions import media_identity
from gallery.actions.media_identity import MediaMismatch, adopt, ensure_identity, read_media_id
from gallery.models import Image, MediaIdentity
from tests.gallery.conftest import store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


def write_id(text):
    default_storage.delete(media_identity.FILE)
    default_storage.save(media_identity.FILE, ContentFile(text.encode()))


def test_a_new_site_gets_one_id_for_both_with_its_first_image_and_keeps_it(alice):
    assert ensure_identity() is None
    store(alice)
    first = ensure_identity()
    assert first == read_media_id() == MediaIdentity.objects.get().media_id == ensure_identity()


def test_a_site_from_before_gets_its_id_without_complaint(alice):
    for index in range(3):
        store(alice, index=index)
    default_storage.save("images/ab/job/0-left.png", ContentFile(b"left over"))
    assert ensure_identity() == read_media_id()


def test_a_database_that_knows_no_file_is_refused_until_a_person_says_so(alice):
    store(alice)
    Image.objects.all().delete()
    with pytest.raises(MediaMismatch, match="adopt_media"):
        ensure_identity()
    assert read_media_id() is None
    assert ensure_identity_after(adopt) == read_media_id()


def ensure_identity_after(act):
    act()
    return ensure_identity()


@pytest.mark.parametrize("has_row", [True, False])
def test_the_media_of_another_database_are_refused(alice, has_row):
    store(alice)  # files that it knows do not make up for another id
    if has_row:
        ensure_identity()
    write_id(str(uuid.uuid4()))
    with pytest.raises(MediaMismatch, match="another database"):
        ensure_identity()
    assert ensure_identity_after(adopt) == read_media_id()


@pytest.mark.parametrize("damaged", ["", "no id", "\x00" * 36])
def test_a_damaged_file_is_written_again_where_the_database_knows_the_media(alice, damaged):
    store(alice)
    before = ensure_identity()
    write_id(damaged)
    assert ensure_identity() == before == read_media_id()


def test_a_folder_in_its_place_is_not_fatal(alice, tmp_path):
    (tmp_path / media_identity.FILE / "more").mkdir(parents=True)
    store(alice)
    assert ensure_identity() == ensure_identity()
