"""The export: all that is one's own, nobody else's, and no secret."""

import io
import json
import zipfile

import pytest

from gallery.actions.collections import add_images, create_collection
from gallery.actions.moderation import decide
from gallery.models import Image
from generation.models import Preset, Webhook
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.notices import notify
from sdsite.people import export
from tests.support.factories import make_image, make_job
from tests.support.images import upload_of

pytestmark = pytest.mark.usefixtures("own_media")


def opened(user, **options):
    return zipfile.ZipFile(io.BytesIO(b"".join(export.export_parts(user, **options))))


def texts(archive):
    return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".json", ".jsonl"))}


def test_it_has_all_that_is_ones_own(job, alice, charlie, root, checkpoint):
    images = list(Image.objects.owned_by(alice).order_by("created_at", "pk"))
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[images[0].pk])
    upload_of(alice)
    Preset.objects.create(owner=alice, name="fine", parameters={"steps": 30})
    make_image(charlie, prompt="charlie's own")
    notify(alice, "collection_shared", actor=charlie, collection="Harbours")
    notify(charlie, "collection_shared", actor=alice, collection="charlie's own")
    decide(deed="blur", images=Image.objects.filter(pk=images[0].pk), actor=root, text="Once is enough.")
    decide(deed="blur", images=Image.objects.filter(owner=charlie), actor=root, text="charlie's own")
    make_job(charlie, checkpoint, prompt="charlie's own")
    archive = opened(alice)
    assert archive.testzip() is None
    found = texts(archive)
    assert json.loads(found["account.json"])["username"] == "alice"
    assert [json.loads(line)["id"] for line in found["jobs.jsonl"].splitlines()] == [str(job.pk)]
    assert json.loads(found["collections.json"])[0]["images"] == [str(images[0].pk)]
    assert json.loads(found["settings.json"])["presets"] == [{"name": "fine", "parameters": {"steps": 30}}]
    assert "collection_shared" in [one["kind"] for one in json.loads(found["notices.json"])]
    assert [one["text"] for one in json.loads(found["decisions.json"])] == ["Once is enough."]
    sidecars = [json.loads(found[name]) for name in found if name.startswith("images 1/")]
    assert [one["id"] for one in sidecars] == [str(image.pk) for image in images]
    assert len([name for name in archive.namelist() if name.startswith("uploads/")]) == 1
    assert "charlie's own" not in "".join(found.values())


def test_it_has_trashed_images_and_none_under_review(alice):
    from django.utils import timezone

    trashed, reviewed = make_image(alice), make_image(alice, index=1)
    Image.objects.filter(pk=trashed.pk).update(trashed_at=timezone.now())
    Image.objects.filter(pk=reviewed.pk).update(quarantined_at=timezone.now())
    sidecars = [json.loads(text) for name, text in texts(opened(alice)).items() if name.startswith("images ")]
    assert [one["id"] for one in sidecars] == [str(trashed.pk)]


def test_keys_are_named_and_no_secret_is_in_it(alice):
    key, whole = create_key(owner=alice, name="laptop", scopes=["read"])
    webhook = Webhook.objects.create(owner=alice, url="https://example.org/hook", events=["job.succeeded"])
    found = "".join(texts(opened(alice)).values())
    assert "laptop" in found
    assert "https://example.org/hook" in found
    for secret in (whole, whole.split("_", 2)[2], key.digest, webhook.secret, alice.password):
        assert secret not in found


def test_parts_have_the_images_in_turn(alice, monkeypatch):
    monkeypatch.setattr(export, "IMAGES_OF_A_PART", 2)
    images = [make_image(alice, index=index) for index in range(3)]
    assert export.count_parts(alice) == 2
    parts = [opened(alice, part=number) for number in (1, 2)]
    ids = [[json.loads(text)["id"] for n, text in texts(part).items() if n.startswith("images ")] for part in parts]
    assert sorted(ids[0] + ids[1]) == sorted(str(image.pk) for image in images)
    assert [len(some) for some in ids] == [2, 1]
    assert ["account.json" in part.namelist() for part in parts] == [True, False]


def test_many_jobs_are_read_some_at_a_time(alice, checkpoint, monkeypatch):
    monkeypatch.setattr(export, "ROWS", 2)
    made = [str(make_job(alice, checkpoint).pk) for _ in range(5)]
    lines = texts(opened(alice))["jobs.jsonl"].splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == sorted(made)


def test_who_has_nothing_gets_an_export_too(alice):
    assert export.count_parts(alice) == 1
    assert texts(opened(alice))["jobs.jsonl"] == ""
