"""The cover image of a checkpoint: made small, replaced and served."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Pillow

from generation.models import Checkpoint
from tests.support.clients.api_client import knocking_as
from tests.support.factories import STARTER

ADD = reverse("admin:generation_checkpoint_add")


BLANK = dict.fromkeys(("width", "height", "steps", "guidance_scale", "sampler", "schedule", "family"), "")


# What stands in the form's choices when nobody touches them.
USUAL = {"size_policy": "refuse"} | dict.fromkeys(("prediction_type", "precision", "memory_mode", "tiled_vae"), "auto")


def requested(**fields):
    """Return what the form sends when only title, slug and location are filled in."""
    data = {"title": "Tulip", "slug": "tulip", "kind": "folder", "location": str(STARTER), "enabled": "on"}
    return data | BLANK | USUAL | {"sizes": "[]", "vocabulary": "[]"} | fields


def change_url(checkpoint):
    return reverse("admin:generation_checkpoint_change", args=[checkpoint.pk])


def picture_of(colour, size=(900, 600), kind="PNG"):
    file = io.BytesIO()
    Pillow.new("RGB", size, colour).save(file, kind)
    return SimpleUploadedFile("picture.png", file.getvalue())


def test_a_picture_is_made_small_replaced_and_served(
    as_root, client, alice, checkpoint, django_capture_on_commit_callbacks
):
    assert as_root.post(ADD, requested(picture=picture_of("red"))).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    client.force_login(alice)
    url = client.get("/api/v1/checkpoints/tulip").json()["picture_url"]
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    with Pillow.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == (512, 341)
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert knocking_as(alice, "read").get(url).status_code == 200
    assert knocking_as(alice, "generate").get(url).status_code == 403
    first = row.picture.name
    with django_capture_on_commit_callbacks(execute=True):
        kept = {name: getattr(row, name) for name in BLANK}
        assert as_root.post(change_url(row), requested(**kept, picture=picture_of("blue"))).status_code == 302
    row.refresh_from_db()
    assert row.picture.name != first
    assert not row.picture.storage.exists(first)
    assert client.get("/checkpoints/starter/picture/").status_code == 404
    Checkpoint.objects.filter(pk=row.pk).update(enabled=False)
    assert client.get(url).status_code == 404
