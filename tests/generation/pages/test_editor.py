"""The editor's page: whose images it opens, and what it knows of them."""

import json
import re
import uuid

import pytest
from django.urls import reverse

from generation.models import Adapter
from tests.support.factories import make_image
from tests.support.images import picture, upload_of


def data_of(response):
    found = re.search(r'<script id="editor-data" type="application/json">(.*?)</script>', response.content.decode())
    assert found, "the page brings no data"
    return json.loads(found.group(1))


def test_it_opens_an_image_with_what_it_was_generated_with(as_alice, alice, checkpoint):
    Adapter.objects.create(kind="lora", slug="ink", title="Ink", location="x.safetensors", family="sd")
    loras = [{"name": "ink", "weight": 0.5}, {"name": "gone", "weight": 1}]
    image = make_image(alice, prompt="a green fox", steps=12, loras=loras, hires={"scale": 2}, init_image="upload:1")
    data = data_of(as_alice.get(reverse("image_edit", args=[image.pk])))
    assert data["source"]["reference"] == f"image:{image.pk}"
    assert (data["source"]["width"], data["source"]["height"]) == (128, 128)
    assert data["settings"]["prompt"] == "a green fox"
    assert data["settings"]["steps"] == 12
    assert data["settings"]["loras"] == loras[:1], "what the site no longer has would refuse every job"
    assert not {"hires", "init_image", "width"} & set(data["settings"])
    assert [row["slug"] for row in data["checkpoints"]] == ["starter"]
    assert data["limits"]["growth"] == 1024


def test_it_says_that_a_checkpoint_is_gone(as_alice, alice, checkpoint):
    image = make_image(alice, checkpoint="older")
    page = as_alice.get(reverse("image_edit", args=[image.pk])).content.decode()
    assert "The checkpoint older of this image is not offered any more." in page


def test_it_opens_an_upload(as_alice, alice, checkpoint):
    upload = upload_of(alice, picture(size=(96, 64)))
    data = data_of(as_alice.get(reverse("upload_edit"), {"upload": upload.pk}))
    assert data["source"]["reference"] == f"upload:{upload.pk}"
    assert (data["source"]["width"], data["source"]["height"]) == (96, 64)


def test_without_an_image_it_lets_one_be_chosen(as_alice, checkpoint):
    response = as_alice.get(reverse("upload_edit"))
    assert data_of(response)["source"] is None
    assert "data-open-file" in response.content.decode()


@pytest.mark.parametrize("who", ["as_charlie", "as_moderator"])
def test_others_find_nothing(who, request, alice, checkpoint):
    client = request.getfixturevalue(who)
    image, upload = make_image(alice), upload_of(alice)
    assert client.get(reverse("image_edit", args=[image.pk])).status_code == 404
    assert client.get(reverse("upload_edit"), {"upload": upload.pk}).status_code == 404


def test_what_is_no_image_is_not_found(as_alice, checkpoint):
    assert as_alice.get(reverse("image_edit", args=[uuid.uuid4()])).status_code == 404
    assert as_alice.get(reverse("upload_edit"), {"upload": "nonsense"}).status_code == 404


def test_it_asks_to_sign_in_first(client):
    assert client.get(reverse("upload_edit")).status_code == 302
