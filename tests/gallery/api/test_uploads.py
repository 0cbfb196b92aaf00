"""Uploads over the API: sent, listed, fetched, deleted, each user's own."""

import io
import uuid

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow

from gallery.models import Upload
from tests.support.clients.api_client import ApiClient, error_of
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


def bring(client, data, name="picture.png", kind="image/png"):
    return client.post("/api/v1/uploads", {"file": SimpleUploadedFile(name, data, kind)})


def test_an_image_in_a_form_is_stored_without_loss(owner_client, alice):
    image = Pillow.effect_noise((40, 30), 90).convert("RGB")
    response = bring(owner_client, encoded(image))
    assert response.status_code == 201, response.content
    answer = response.json()
    assert (answer["width"], answer["height"], answer["format"]) == (40, 30, "png")
    assert answer["reference"] == f"upload:{answer['id']}"
    assert response["Location"] == f"/api/v1/uploads/{answer['id']}"
    file = owner_client.get(answer["file_url"])
    assert file["Content-Type"] == "image/png"
    assert "private" in file["Cache-Control"]
    assert file["X-Content-Type-Options"] == "nosniff"
    assert Pillow.open(io.BytesIO(file.content)).tobytes() == image.tobytes()
    assert owner_client.get(answer["thumbnail_url"])["Content-Type"] == "image/webp"
    assert Upload.objects.get().owner == alice


def test_the_body_may_be_the_image_itself_with_any_content_type(owner_client):
    response = owner_client.generic("POST", "/api/v1/uploads", encoded(kind="JPEG"), content_type="image/png")
    assert response.status_code == 201
    assert response.json()["format"] == "jpeg"


@pytest.mark.parametrize(
    ("data", "said"), [(b"%PDF-1.4", "PDF"), (b"", "empty"), (encoded()[:60], "truncated"), (b"<svg/>", "SVG")]
)
def test_a_file_that_is_not_an_image_is_refused_naming_the_field(owner_client, data, said):
    fields = error_of(
        owner_client.generic("POST", "/api/v1/uploads", data, content_type="image/png"), 422, "invalid_parameters"
    )
    assert said in fields["file"]
    assert not Upload.objects.exists()


def test_a_form_without_the_field_is_refused(owner_client):
    response = owner_client.post("/api/v1/uploads", {"image": SimpleUploadedFile("a.png", encoded())})
    assert "'file'" in error_of(response, 422, "invalid_parameters")["file"]


def test_a_form_that_is_none_is_refused(owner_client):
    response = owner_client.generic("POST", "/api/v1/uploads", b"--x\r\n", content_type="multipart/form-data")
    error_of(response, 400, "bad_request")


def test_a_body_beyond_the_sites_limit_is_refused(owner_client, monkeypatch):
    monkeypatch.setitem(settings.ENV, "SDSITE_PICTURE_MB", 0.001)
    error_of(bring(owner_client, bytes(200_000)), 413, "body_too_large")
    error_of(bring(owner_client, bytes(2_000)), 422, "invalid_parameters")


def test_the_list_has_the_users_own_newest_first_a_page_at_a_time(owner_client, alice, charlie):
    ids = [str(upload_of(alice, picture(colour)).pk) for colour in ("red", "green", "blue")]
    upload_of(charlie)
    page = owner_client.api("GET", "/uploads?limit=2").json()
    rest = owner_client.api("GET", f"/uploads?limit=2&cursor={page['next']}").json()
    assert [one["id"] for one in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize("path", ["", "/file", "/thumbnail"])
def test_a_stranger_finds_nothing(owner_client, charlie_client, alice, path):
    upload = upload_of(alice)
    assert owner_client.api("GET", f"/uploads/{upload.pk}{path}").status_code == 200
    error_of(charlie_client.api("GET", f"/uploads/{upload.pk}{path}"), 404, "not_found")
    error_of(ApiClient().api("GET", f"/uploads/{upload.pk}{path}"), 401, "unauthorized")
    error_of(owner_client.api("GET", f"/uploads/{uuid.uuid4()}{path}"), 404, "not_found")


def test_deleting_removes_row_and_files_and_only_of_own_uploads(
    owner_client, charlie_client, alice, django_capture_on_commit_callbacks
):
    upload = upload_of(alice)
    error_of(charlie_client.api("DELETE", f"/uploads/{upload.pk}"), 404, "not_found")
    with django_capture_on_commit_callbacks(execute=True):
        assert owner_client.api("DELETE", f"/uploads/{upload.pk}").status_code == 204
    assert not Upload.objects.exists()
    assert not any(default_storage.exists(name) for name in (upload.file, upload.thumbnail))
