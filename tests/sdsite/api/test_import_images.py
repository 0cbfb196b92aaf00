"""Importing images of other programs over the API."""

import io
from base64 import b64decode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow

from gallery.models import Collection, Image
from tests.support.clients.api_client import error_of
from tests.support.foreign_files import foreign_file

pytestmark = pytest.mark.django_db


def send(client, data, query=""):
    return client.post(f"/api/v1/images/import{query}", {"file": SimpleUploadedFile("old.png", data, "image/png")})


def test_a_file_is_imported_once_with_its_date_and_into_a_collection(as_alice):
    data = foreign_file("A1111")
    first = send(as_alice, data, "?modified=1700000000000&collection=Old")
    assert first.status_code == 201
    told = first.json()
    assert (told["imported"], told["source"], told["image"]["parameters"]["steps"]) == (True, "A1111", 25)
    assert told["image"]["created_at"].startswith("2023-11-14T22:13:20")
    assert Collection.objects.get(name="Old").items.count() == 1
    again = send(as_alice, data)
    assert (again.status_code, again.json()["imported"], Image.objects.count()) == (200, False, 1)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_a_transparent_image_is_imported_too(as_alice, image_format):
    buffer = io.BytesIO()
    Pillow.new("RGBA", (64, 48), (255, 0, 0, 100)).save(buffer, image_format)
    assert send(as_alice, buffer.getvalue()).status_code == 201
    assert b64decode(Image.objects.get().thumbhash)[2] >> 7 == 1


def test_what_is_wrong_is_said(as_alice):
    error_of(send(as_alice, b"no image"), 422, "invalid_parameters")
    error_of(as_alice.post("/api/v1/images/import", {"other": "x"}), 422, "invalid_parameters")
    error_of(send(as_alice, foreign_file("A1111"), "?modified=-1"), 422, "invalid_parameters")


def test_a_stranger_imports_nothing(stranger):
    assert stranger.post("/api/v1/images/import").status_code == 401
