"""Settings read from images, over the API and in the studio."""

import pytest

from generation.models import Adapter
from tests.support.clients.api_client import error_of
from tests.support.clients.settings_files import TEXT, ask, image_file
from tests.support.factories import make_checkpoint, make_image

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_a1111_text_is_read_out_of_every_format(owner_client, image_format):
    checkpoint = make_checkpoint("castle", sha256="abcdef0123" + "0" * 54)
    Adapter.objects.create(kind="lora", slug="ink", title="Ink", location="ink.safetensors", family="sd")
    for answer in (
        ask(owner_client, image_file(image_format)),
        owner_client.generic("POST", "/api/v1/settings-of", image_file(image_format), content_type="image/png"),
        owner_client.api("POST", "/settings-of", {"text": TEXT}),
    ):
        assert answer.status_code == 200, answer.content
        found = answer.json()
        assert found["source"] == "A1111"
        assert found["parameters"] == {
            "prompt": "a castle",
            "negative_prompt": "blurry",
            "checkpoint": checkpoint.slug,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "steps": 30,
            "guidance_scale": 7.0,
            "seed": 42,
            "width": 512,
            "height": 768,
            "loras": [{"name": "ink", "weight": 0.7}],
        }
        assert found["unknown"] == {"ENSD": "31337"}


def test_what_is_no_setting_is_listed(owner_client):
    text = "a fox\nSteps: 20, Model: some mix, second try, Seed: 18446744073709551615, Size: 512x768"
    found = owner_client.api("POST", "/settings-of", {"text": text}).json()
    assert found["skipped"] == ["second try"]
    assert (found["parameters"]["seed"], found["parameters"]["height"]) == (2**53 - 1, 768)
    assert any("18446744073709551615" in note for note in found["notes"])
    long = "a\nSteps: 20, " + "x, " * 60_000 + ", Seed: 3, Size: 64x64"
    found = owner_client.api("POST", "/settings-of", {"text": long}).json()
    assert found["parameters"]["seed"] == 3
    assert sum(map(len, found["skipped"])) <= 1000


def test_somebody_elses_image_is_not_there(charlie_client, alice):
    image = make_image(alice)
    error_of(charlie_client.api("POST", "/settings-of", {"image_id": str(image.pk)}), 404, "not_found")


def test_what_holds_no_settings_is_refused_with_a_sentence(owner_client):
    for data, sentence in (
        (b"hello", "not a PNG, JPEG or WebP"),
        (image_file()[:90], "truncated"),
        (image_file(Title="x"), "no settings in the file"),
        (image_file(prompt="{}"), "not a ComfyUI graph"),
        (image_file(workflow='{"nodes": []}'), "without the prompt graph"),
    ):
        answer = ask(owner_client, data)
        assert sentence in error_of(answer, 422, "unreadable_settings")["file"]
    assert error_of(owner_client.api("POST", "/settings-of", {"text": " "}), 422, "unreadable_settings")
    long = owner_client.api("POST", "/settings-of", {"text": "x" * 200_001})
    assert "200000" in error_of(long, 422, "unreadable_settings")["text"]


def test_a_request_that_asks_nothing_is_told_how(owner_client):
    for body in ({}, {"text": "a", "image_id": "b"}, [], {"text": "a", "url": "b"}, {"text": 3}):
        assert "image_id" in error_of(owner_client.api("POST", "/settings-of", body), 422, "invalid_parameters")
    error_of(owner_client.api("POST", "/settings-of", {"image_id": "x"}), 422, "invalid_parameters")
    error_of(owner_client.api("POST", "/settings-of", "nonsense"), 400, "invalid_json")
    assert "file" in error_of(owner_client.post("/api/v1/settings-of", {"other": "x"}), 422, "invalid_parameters")
