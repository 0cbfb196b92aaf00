"""The cleanup of media files: what has no row is moved aside, and nothing on a doubt."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.actions import cleanup
from gallery.actions.cleanup import REMOVED, SweepRefused, sweep
from gallery.actions.media_identity import adopt
from gallery.models import Image
from tests.gallery.actions.test_media_files import RemoteStorage
from tests.gallery.conftest import files, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]

NOW = timedelta(seconds=-60)  # as grace: files of this moment are old enough


def leave(count):
    """Write files that have no row."""
    return [default_storage.save(f"images/ab/job/{n}-left.png", ContentFile(b"left over")) for n in range(count)]


def aside(name, day=None):
    return f"{REMOVED}/{day or timezone.now().date()}/{name}"


def test_a_sweep_of_nothing_finds_nothing():
    assert sweep() == 0


def test_files_without_a_row_are_moved_aside_and_deleted_after_a_week(alice, tmp_path):
    kept = store(alice)
    (left,) = leave(1)
    assert sweep() == 0  # too young
    assert sweep(NOW) == 1
    assert left not in files()
    assert default_storage.exists(kept.file)
    assert default_storage.exists(aside(left))
    assert sweep(NOW) == 0
    assert default_storage.exists(aside(left))
    day = timezone.now().date()
    for age, there in ((6, True), (7, False)):
        (tmp_path / REMOVED / str(day)).rename(tmp_path / REMOVED / str(day := day - timedelta(age)))
        sweep(NOW)
        assert default_storage.exists(aside(left, day)) is there
    assert list((tmp_path / REMOVED).iterdir()) == []


def test_a_remote_storage_is_swept_too(alice, settings):
    backend = {"BACKEND": f"{RemoteStorage.__module__}.RemoteStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    kept = store(alice)
    (left,) = leave(1)
    assert sweep(NOW) == 1
    assert default_storage.exists(kept.file)
    assert not default_storage.exists(left)
    assert default_storage.exists(aside(left))


def test_a_file_whose_row_is_back_returns_to_its_place(alice):
    image = store(alice)
    store(alice, index=1)
    Image.objects.filter(pk=image.pk).delete()  # an older copy of the database
    assert sweep(NOW) == len(image.files)
    image.save(force_insert=True)  # the newest one
    assert sweep(NOW) == 0
    assert default_storage.exists(image.file)
    assert all(default_storage.exists(name) for name in image.files)


@pytest.mark.parametrize(("rows", "left", "stops"), [(0, 49, False), (5, 50, True), (450, 50, False)])
def test_too_many_files_without_a_row_wait_for_a_person(alice, rows, left, stops):
    adopt()
    images = [store(alice, index=index) for index in range(min(rows, 5))]
    named = {n: default_storage.save(f"images/cd/{n}.png", ContentFile(b"x")) for n in range(len(images), rows)}
    Image.objects.bulk_create(copy_of(images[0], index, name) for index, name in named.items())
    names = leave(left)
    if not stops:
        assert sweep(NOW) == left
        return
    with pytest.raises(SweepRefused, match="--yes"):
        sweep(NOW)
    assert set(names) <= set(files())
    assert sweep(NOW, confirmed=True) == left


def copy_of(image, index, name):
    fields = {field.attname: getattr(image, field.attname) for field in Image._meta.concrete_fields}
    return Image(**{**fields, "id": Image._meta.pk.get_default(), "index": index, "file": name})


def test_with_the_wrong_database_nothing_is_touched(alice):
    leave(9)
    with pytest.raises(SweepRefused, match="adopt_media"):
        sweep(NOW, confirmed=True)
    assert len(files()) == 9


def test_a_folder_of_another_name_among_the_removed_stays(tmp_path):
    (tmp_path / REMOVED / "mine" / "images").mkdir(parents=True)
    (tmp_path / REMOVED / "mine" / "images" / "1.png").write_text("x")
    cleanup.sweep()
    assert (tmp_path / REMOVED / "mine" / "images" / "1.png").exists()
