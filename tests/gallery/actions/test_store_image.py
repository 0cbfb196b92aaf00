"""Storing, serving and deleting pictures."""

import io
import uuid

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow

from gallery.actions import cleanup
from gallery.actions.delete_images import delete_images
from gallery.actions.store_image import Provenance, store_image
from gallery.imaging import metadata, thumbnails
from gallery.models import Image, ImageTag, ImageWord
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_image

INFOTEXT = "ein rotes Herz, Ωμέγα, 心, قلب\nSteps: 20, Sampler: DDIM, Seed: 7"


def store(owner, **changes):
    fields = {
        "picture": Pillow.new("RGB", (640, 320), "red"),
        "index": 0,
        "seed": 7,
        "provenance": Provenance(owner.pk, uuid.uuid4(), timezone.now(), {"prompt": "a red heart"}),
        "image_format": "png",
        "quality": 90,
        "infotext": INFOTEXT,
        "receipt": {},
    }
    return store_image(**{**fields, **changes})


def files():
    names = []
    for folder in ("images", "thumbnails"):
        pending = [folder]
        while pending:
            here = pending.pop()
            if default_storage.exists(here):
                folders, found = default_storage.listdir(here)
                pending += [f"{here}/{name}" for name in folders]
                names += [f"{here}/{name}" for name in found]
    return names


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


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
    image = store(alice, picture=picture)
    with Pillow.open(default_storage.open(image.file)) as stored:
        assert stored.tobytes() == picture.tobytes()


def test_the_same_image_of_a_job_is_stored_once(alice):
    provenance = Provenance(alice.pk, uuid.uuid4(), timezone.now(), {})
    first, second = (store(alice, provenance=provenance) for _ in range(2))
    assert first == second
    assert len(files()) == 2


def test_who_loses_the_race_for_an_image_leaves_no_file(alice, monkeypatch):
    provenance = Provenance(alice.pk, uuid.uuid4(), timezone.now(), {})
    make_thumbnail = thumbnails.make_thumbnail
    winners = []

    def somebody_else_is_faster(picture):
        # The other one's row appears between the look and the write.
        if not winners:
            winners.append(None)
            winners[0] = store(alice, provenance=provenance)
        return make_thumbnail(picture)

    monkeypatch.setattr(thumbnails, "make_thumbnail", somebody_else_is_faster)
    assert store(alice, provenance=provenance) == winners[0]
    assert len(files()) == 2
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


def test_what_is_to_happen_with_the_stored_row_happens_in_its_transaction(alice):
    seen = []
    image = store(alice, on_stored=lambda row: seen.append((row, Image.objects.filter(pk=row.pk).exists())))
    assert seen == [(image, True)]


@pytest.mark.parametrize("error", [ValueError, IntegrityError])
def test_if_what_is_to_happen_with_the_row_fails_neither_row_nor_files_stay(alice, error):
    def fail(row):
        ImageTag.objects.create(image=row, owner=alice, name="red")
        raise error

    with pytest.raises(error):
        store(alice, on_stored=fail)
    assert [rows.objects.count() for rows in (Image, ImageWord, ImageTag)] == [0, 0, 0]
    assert files() == []


def test_thumbnails_shrink_and_never_enlarge():
    for size, expected in (((2048, 1024), (512, 256)), ((128, 128), (128, 128))):
        with Pillow.open(io.BytesIO(thumbnails.make_thumbnail(Pillow.new("RGB", size)))) as small:
            assert (small.format, small.size) == ("WEBP", expected)


def test_files_go_after_the_commit_and_only_then(alice, django_capture_on_commit_callbacks):
    image = store(alice)
    with django_capture_on_commit_callbacks() as callbacks:
        assert delete_images(images=Image.objects.filter(pk=image.pk), actor=alice) == 1
        assert len(files()) == 2
    for callback in callbacks:
        callback()
    assert files() == []


def test_deleting_somebody_elses_image_is_written_down(alice, bob):
    delete_images(images=Image.objects.filter(pk=store(alice).pk), actor=alice)
    delete_images(images=Image.objects.filter(pk=store(alice).pk), actor=bob)
    assert [event.actor for event in AuditEvent.objects.all()] == [bob]


@pytest.mark.parametrize("door", ["image_file", "image_thumbnail"])
def test_files_are_served_to_their_owner_and_404_to_strangers(client, alice, charlie, door):
    image = make_image(alice)
    address = reverse(door, args=[image.pk])
    assert client.get(address).status_code == 302
    client.force_login(charlie)
    assert client.get(address).status_code == 404
    client.force_login(alice)
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == ("image/png" if door == "image_file" else "image/webp")
    assert "private" in answer["Cache-Control"]
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_who_manages_images_sees_their_files(client, alice, bob):
    from django.contrib.auth.models import Permission

    image = make_image(alice)
    client.force_login(bob)
    assert client.get(reverse("image_file", args=[image.pk])).status_code == 404
    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    assert client.get(reverse("image_file", args=[image.pk])).status_code == 200


def test_a_download_has_a_name(client, alice):
    image = make_image(alice)
    client.force_login(alice)
    answer = client.get(reverse("image_file", args=[image.pk]) + "?download")
    assert image.download_name in answer["Content-Disposition"]


def test_a_missing_file_is_a_404(client, alice):
    image = make_image(alice)
    default_storage.delete(image.file)
    client.force_login(alice)
    assert client.get(reverse("image_file", args=[image.pk])).status_code == 404


def test_the_sweep_takes_old_files_without_a_row_and_nothing_else(alice, capsys):
    from datetime import timedelta

    from django.core.files.base import ContentFile
    from django.core.management import call_command

    kept = store(alice)
    orphan = default_storage.save("images/ab/some-job/0-12345678.png", ContentFile(b"left behind"))
    call_command("sweep_media")
    assert "0 files" in capsys.readouterr().out
    assert cleanup.sweep(grace=timedelta(seconds=-60)) == 1
    assert not default_storage.exists(orphan)
    assert default_storage.exists(kept.file)
    assert default_storage.exists(kept.thumbnail)


def test_a_sweep_of_nothing_finds_nothing(db):
    assert cleanup.sweep() == 0
