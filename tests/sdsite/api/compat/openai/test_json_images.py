"""Input images in bodies of JSON at OpenAI's edits and variations."""

import base64
import json

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Upload
from tests.sdsite.api.compat.openai.conftest import job_of, refusal
from tests.support.images import encoded, picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_wait")]

refusing = pytest.mark.django_db  # a refusal creates no job to wait for, so the transaction can be rolled back
BARE = base64.b64encode(encoded(picture("red", (128, 128)))).decode()
URL = f"data:image/png;base64,{BARE}"


def send(client, address="edits", kind="application/json", **body):
    body = json.dumps({"prompt": "a fox", **body})
    return client.post(f"/v1/images/{address}", body, content_type=kind)


def stored(reference):
    kept = Upload.objects.get(pk=reference.removeprefix("upload:"))
    return Pillow.open(default_storage.open(kept.file))


@pytest.mark.parametrize(
    "images",
    [
        {"images": [{"image_url": URL}]},
        {"images": [{"type": "image_url", "image_url": {"url": URL}}]},
        {"images": [URL]},
        {"image": URL},
        {"image": [URL], "images": None, "mask": None},
        {"image": {"image_url": URL}, "images": []},
        {"image": BARE},
    ],
)
def test_an_image_is_taken_in_all_its_forms(client, images):
    parameters = job_of(send(client, **images, seed=5, kind="application/json; charset=utf-8")).parameters
    assert (parameters["task"], parameters["seed"], parameters["strength"]) == ("image_to_image", 5, 0.75)
    assert stored(parameters["init_image"]).getpixel((0, 0)) == (255, 0, 0)


def test_the_transparent_part_of_a_mask_is_inpainted(client, alice):
    mask = picture("blue", (128, 128), "RGBA")
    mask.paste((0, 0, 0, 0), (0, 0, 64, 128))
    there = {"image_url": f"data:image/png;base64,{base64.b64encode(encoded(mask)).decode()}"}
    parameters = job_of(send(client, images=[{"image_url": URL}], mask=there)).parameters
    assert parameters["task"] == "inpaint"
    assert [stored(parameters["mask_image"]).convert("L").getpixel((x, 64)) for x in (10, 100)] == [255, 0]
    assert {upload.owner for upload in Upload.objects.all()} == {alice}


def test_a_variation_is_as_that_of_a_form(client):
    parameters = job_of(send(client, "variations", image=URL, prompt=None)).parameters
    assert (parameters["prompt"], parameters["strength"]) == ("a picture", 0.6)


@refusing
@pytest.mark.parametrize(
    ("images", "param", "words"),
    [
        ({}, "image", "image is required"),
        ({"images": [{"image_url": URL}, {"image_url": URL}]}, "image", "got 2"),
        ({"image": URL, "images": [URL]}, "image", "got 2"),
        ({"images": [{"file_id": "file-123"}]}, "image", "file_id is not known"),
        ({"images": [7]}, "image", "image_url"),
        ({"image": "ftp://example.org/a.png"}, "image", "http(s)"),
        ({"image": "http://127.0.0.1/a.png"}, "image", "image: "),
        ({"image": "data:image/png;base64,!!"}, "image", "image: "),
        ({"image": URL, "mask": URL}, "mask", "transparent"),
    ],
)
def test_what_is_no_single_image_is_refused_by_its_field(client, images, param, words):
    assert words in refusal(send(client, **images), 400, "invalid_parameters", param)["message"]


@refusing
def test_a_body_of_another_type_is_refused(client):
    refusal(send(client, image=URL, kind="text/plain"), 415, "unsupported_media_type")
    refusal(client.post("/v1/images/edits", "{", content_type="application/json"), 400, "invalid_json")
