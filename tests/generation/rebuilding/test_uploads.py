"""Rows of uploads rebuilt from their files, for their owners alone."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.actions.uploads import store_upload
from gallery.models import Upload
from generation.rebuilding.images import NotRebuilt
from generation.rebuilding.uploads import lost_uploads, rebuild_upload
from tests.support.images import encoded, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]
LOST = {"id", "created_at", "last_used_at"}


def columns(upload):
    names = [field.attname for field in Upload._meta.concrete_fields if field.attname not in LOST]
    return {name: getattr(upload, name) for name in names}


def lose(upload):
    Upload.objects.filter(pk=upload.pk).delete()
    assert list(lost_uploads()) == [upload.file]


def test_an_upload_is_what_it_was_where_others_of_its_owner_are_known(alice, charlie):
    store_upload(owner=charlie, data=encoded(picture("blue")))
    lost = store_upload(owner=charlie, data=encoded(picture("red")))
    before = columns(Upload.objects.get(pk=lost.pk))
    lose(lost)
    assert rebuild_upload(lost.file, alice, dry_run=True) is None
    assert columns(rebuild_upload(lost.file, alice)) == before
    assert list(lost_uploads()) == []


def test_the_number_of_a_folder_alone_gives_it_to_nobody(alice, charlie):
    lost = store_upload(owner=charlie, data=encoded(picture("red")))
    default_storage.delete(lost.thumbnail)
    lose(lost)
    with pytest.raises(NotRebuilt, match="--user"):
        rebuild_upload(lost.file, None)
    row = rebuild_upload(lost.file, alice, same_people=True)
    assert row.owner == charlie
    assert default_storage.exists(row.thumbnail)


def test_one_whose_owner_is_gone_becomes_that_of_the_named_person(alice, charlie):
    lost = store_upload(owner=charlie, data=encoded(picture("red")))
    lose(lost)
    charlie.delete()
    assert rebuild_upload(lost.file, alice, same_people=True).owner == alice


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("uploads/notes.png", b"x", "its name is none"),
        ("uploads/no/none/1-a.png", b"x", "its name is none"),
        ("uploads/1/1/1-a.png", b"GIF89a", "no PNG"),
        ("uploads/1/1/2-a.png", encoded(picture("red"))[:60], "truncated"),
    ],
)
def test_files_that_are_no_uploads_are_left_alone(alice, name, data, said):
    default_storage.save(name, ContentFile(data))
    with pytest.raises(NotRebuilt, match=said):
        rebuild_upload(name, alice)
    assert default_storage.exists(name)
    assert not Upload.objects.exists()


def test_the_same_image_is_no_second_upload(alice):
    kept = store_upload(owner=alice, data=encoded(picture("red")))
    copy = default_storage.save(kept.file.replace(".png", "0.png"), default_storage.open(kept.file))
    assert list(lost_uploads()) == [copy]
    with pytest.raises(NotRebuilt, match="the same image already"):
        rebuild_upload(copy, None)
