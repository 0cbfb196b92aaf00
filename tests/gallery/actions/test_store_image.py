"""Storing images: formats, embedded settings, and nothing left behind by a failure."""

import io
import uuid

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions.store_image import Provenance
from gallery.imaging import metadata, thumbnails
from gallery.models import Image, ImageTag, ImageWord
from tests.gallery.conftest import INFOTEXT, files, store

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_every_format_carries_the_settings_in_any_script(alice, image_format):
    image = store(alice, image_format=image_format)
    data = default_storage.open(image.file).read()
    assert metadata.read_infotext(data) == INFOTEXT
    with Pillow.open(io.BytesIO(data)) as picture:
        assert (picture.format.lower(), picture.size) == (image_format, (640, 320))
    assert (image.size_bytes, image.width, image.height) == (len(data), 640, 320)


def test_a_png_keeps_every_pixel(alice):
    picture = Pillow.effect_noise((64, 64), 80).convert("RGB")
    image = store(alice, pixels=picture)
    with Pillow.open(default_storage.open(image.file)) as stored:
        assert stored.tobytes() == picture.tobytes()


def test_the_same_image_of_a_job_is_stored_once(alice):
    provenance = Provenance(alice.pk, uuid.uuid4(), timezone.now(), {})
    first, second = (store(alice, provenance=provenance) for _ in range(2))
    assert first == second
    assert sorted(files()) == sorted(first.files)
    other = store(alice, provenance=provenance, index=1)
    assert (other.index, sorted(files())) == (1, sorted(first.files + other.files))
    assert store(alice, provenance=provenance, index=1) == other


@pytest.mark.parametrize("quarantined", [False, True])
def test_what_is_to_be_reviewed_is_hidden_from_the_first(alice, quarantined):
    image = store(alice, quarantined=quarantined, safety={"flagged": True})
    image.refresh_from_db()
    assert (image.quarantined_at is not None, image.safety) == (quarantined, {"flagged": True})


def test_the_loser_of_a_race_for_an_image_leaves_no_file(alice, monkeypatch):
    provenance = Provenance(alice.pk, uuid.uuid4(), timezone.now(), {})
    make_thumbnail = thumbnails.make_thumbnail
    winners = []

    def somebody_else_is_faster(picture, *side):
        # The other one's row appears between the look and the write.
        if not winners:
            winners.append(None)
            winners[0] = store(alice, provenance=provenance, index=1)
            store(alice, provenance=provenance, index=2)
        return make_thumbnail(picture, *side)

    store(alice, provenance=provenance)
    monkeypatch.setattr(thumbnails, "make_thumbnail", somebody_else_is_faster)
    assert store(alice, provenance=provenance, index=1) == winners[0]
    assert sorted(files()) == sorted(name for image in Image.objects.all() for name in image.files)
    assert default_storage.exists(winners[0].file)


def test_a_guard_that_says_no_stores_nothing_and_leaves_no_file(alice):
    stored = []
    assert store(alice, guard=lambda: False, on_stored=stored.append) is None
    assert not Image.objects.exists()
    assert not stored
    assert files() == []


def test_the_guard_is_asked_in_the_transaction_before_anything_is_written(alice):
    seen = []

    def guard():
        seen.append((Image.objects.exists(), ImageWord.objects.exists(), connection.in_atomic_block))
        return True

    store(alice, guard=guard)
    assert seen == [(False, False, True)]


def test_on_stored_is_called_in_the_transaction_of_the_row(alice):
    seen = []
    image = store(alice, on_stored=lambda row: seen.append((row, Image.objects.filter(pk=row.pk).exists())))
    assert seen == [(image, True)]


@pytest.mark.parametrize("error", [ValueError, IntegrityError])
def test_if_on_stored_fails_neither_row_nor_files_stay(alice, error):
    def fail(row):
        ImageTag.objects.create(image=row, owner=alice, name="red")
        raise error

    with pytest.raises(error):
        store(alice, on_stored=fail)
    assert [rows.objects.count() for rows in (Image, ImageWord, ImageTag)] == [0, 0, 0]
    assert files() == []
