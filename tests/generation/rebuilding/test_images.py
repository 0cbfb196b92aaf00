"""Rows rebuilt from files: the same as before, for whoever they belonged to, and nothing where that is in doubt."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from gallery.models import Image
from generation.importing import import_image
from generation.rebuilding.images import NotRebuilt, Owners, lost_files, rebuild_row
from tests.support.factories import make_image, make_job
from tests.support.foreign_files import foreign_file

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]
LOST = {"id", "receipt", "created_at", "job_created_at", "perceptual_hash"}  # made anew, or compared apart


def columns(image):
    names = [field.attname for field in Image._meta.concrete_fields if field.attname not in LOST]
    return {name: getattr(image, name) for name in names}


def rebuilt(image, fallback=None, **options):
    """Lose the row of `image`, and return the one that is made of its file."""
    image.delete()
    assert list(lost_files()) == [image.file]
    return rebuild_row(image.file, Owners(fallback), **options)


def test_a_generated_image_is_what_it_was(charlie, checkpoint):
    job = make_job(charlie, checkpoint)
    image = make_image(charlie, job_id=job.pk, size=(900, 600), prompt="a lighthouse")
    before = columns(image)
    row = rebuilt(image)
    assert columns(row) == before
    assert (row.receipt, row.created_at) == (image.receipt, job.created_at)
    assert list(lost_files()) == []
    assert row.searched_text == " a lighthouse "


def test_an_imported_image_finds_its_owner_and_the_settings_of_the_other_program(alice, charlie):
    image = import_image(owner=charlie, data=foreign_file("A1111"), name="1.png").image
    before = columns(image)
    row = rebuilt(image, fallback=alice)
    assert columns(row) == before
    assert row.receipt["imported"]["source"] == "A1111"
    assert not import_image(owner=charlie, data=foreign_file("A1111")).is_new


def test_thumbnails_that_are_gone_are_made_again(alice, checkpoint):
    image = make_image(alice, job_id=make_job(alice, checkpoint).pk, size=(1200, 900))
    for name in (image.thumbnail, image.thumbnail_large):
        default_storage.delete(name)
    row = rebuilt(image, hold=True)
    assert [default_storage.exists(name) for name in (row.thumbnail, row.thumbnail_small, row.thumbnail_large)] == [
        True
    ] * 3
    assert row.quarantined_at is not None


def test_without_a_job_somebody_must_be_named(alice):
    image = make_image(alice)
    with pytest.raises(NotRebuilt, match="--user"):
        rebuilt(image)
    assert rebuild_row(image.file, Owners(alice)).owner == alice


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("images/aa/notes.png", b"x", "its name is none"),
        ("images/aa/00000000-0000-4000-8000-000000000001/-1-a.png", b"x", "its name is none"),
        ("images/aa/00000000-0000-4000-8000-000000000001/0-a.png", b"GIF89a", "no PNG"),
        ("images/aa/00000000-0000-4000-8000-000000000001/1-a.png", foreign_file("A1111")[:90], "truncated"),
    ],
)
def test_files_that_are_no_images_of_the_site_are_left_alone(alice, name, data, said):
    default_storage.save(name, ContentFile(data))
    with pytest.raises(NotRebuilt, match=said):
        rebuild_row(name, Owners(alice))
    assert default_storage.exists(name)
    assert not Image.objects.exists()


def test_a_second_file_of_an_image_is_no_second_image(alice):
    image = make_image(alice)
    copy = default_storage.save(image.file.replace(".png", "0.png"), default_storage.open(image.file))
    assert list(lost_files()) == [copy]
    with pytest.raises(NotRebuilt, match="another file"):
        rebuild_row(copy, Owners(alice))


@pytest.mark.parametrize("text", ["[]", "{}", '{"parameters": 3, "receipt": {}, "seed": 1}', "nothing"])
def test_settings_that_somebody_spoilt_do_not_stop_it(alice, monkeypatch, text):
    image = make_image(alice)
    monkeypatch.setattr("gallery.imaging.embedded_text.read_texts", lambda data: {"sdsite": text})
    row = rebuilt(image, fallback=alice)
    assert (row.prompt, row.seed, row.receipt["imported"]["source"]) == ("", 0, "none")
