"""Uploads: alpha is kept, the same image is stored once, and the storage of one user is bounded."""

import io

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow

from tests.support.clients.api_client import error_of
from tests.support.images import encoded, picture

pytestmark = pytest.mark.django_db


def bring(client, data, name="picture.png", kind="image/png"):
    return client.post("/api/v1/uploads", {"file": SimpleUploadedFile(name, data, kind)})


def test_alpha_is_kept(owner_client):
    image = picture((255, 0, 0, 9), mode="RGBA")
    url = bring(owner_client, encoded(image)).json()["file_url"]
    assert Pillow.open(io.BytesIO(owner_client.get(url).content)).getpixel((0, 0)) == (255, 0, 0, 9)


def test_the_same_image_again_is_the_same_upload(owner_client, charlie_client):
    first, again = (bring(owner_client, encoded()).json() for _ in range(2))
    as_bitmap = bring(owner_client, encoded(kind="BMP")).json()
    assert first["id"] == again["id"] == as_bitmap["id"]
    assert again["last_used_at"] > first["last_used_at"]
    assert bring(charlie_client, encoded()).json()["id"] != first["id"]


def test_the_storage_limit_holds_until_uploads_are_deleted(owner_client, charlie_client, monkeypatch):
    noise = [Pillow.effect_noise((64, 64), sigma).convert("RGB") for sigma in (40, 90)]
    monkeypatch.setitem(settings.ENV, "SDSITE_UPLOADS_MB", 0.015)
    first = bring(owner_client, encoded(noise[0])).json()
    refused = bring(owner_client, encoded(noise[1]))
    error_of(refused, 403, "uploads_full")
    assert "Delete some" in refused.json()["error"]["message"]
    assert bring(charlie_client, encoded(noise[1])).status_code == 201
    assert owner_client.delete(f"/api/v1/uploads/{first['id']}").status_code == 204
    assert bring(owner_client, encoded(noise[1])).status_code == 201


def test_a_mask_is_listed_apart_until_it_is_sent_as_an_image_too(owner_client, as_alice):
    def kinds(query=""):
        return [one["kind"] for one in owner_client.api("GET", f"/uploads{query}").json()["items"]]

    file = SimpleUploadedFile("mask.png", encoded(), "image/png")
    mask = owner_client.post("/api/v1/uploads?kind=mask", {"file": file}).json()
    assert mask["kind"] == "mask"
    assert (kinds(), kinds("?kind=mask"), kinds("?kind=image")) == (["mask"], ["mask"], [])
    assert 'data-number="0"' in as_alice.get("/uploads/").content.decode()
    error_of(owner_client.api("GET", "/uploads?kind=all"), 422, "invalid_parameters")
    assert bring(owner_client, encoded()).json()["id"] == mask["id"]
    file.seek(0)
    assert owner_client.post("/api/v1/uploads?kind=mask", {"file": file}).json()["kind"] == "image"
    assert 'data-number="1"' in as_alice.get("/uploads/").content.decode()
