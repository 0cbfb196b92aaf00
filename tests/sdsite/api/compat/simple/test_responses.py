"""Answers of the simple API about jobs that have ended."""

import base64
import io

import pytest
from PIL import Image as Pillow

from gallery.models import Image
from tests.sdsite.api.compat.simple.conftest import ask, end, job_of

pytestmark = pytest.mark.django_db(transaction=True)

ONCE = {"Idempotency-Key": "once"}


@pytest.fixture(autouse=True)
def _alone(no_worker):
    """No worker takes the jobs."""


def ended(client, status="succeeded", error_code="", **words):
    """Return the second answer to a request whose job was ended by hand."""
    end(job_of(ask(client, headers=ONCE, **words)), status, error_code)
    return ask(client, headers=ONCE, **words)


def test_images_come_with_their_files_and_addresses(client):
    answer = ended(client, n=2, output_format="webp")
    body = answer.json()
    assert (answer.status_code, body["status"], body["progress"], body["error"]) == (200, "succeeded", 1.0, None)
    assert (body["prompt"], body["model_type"]) == ("a red heart", "starter")
    assert [image["seed"] for image in body["images"]] == [7, 8]
    for image in body["images"]:
        assert Pillow.open(io.BytesIO(base64.b64decode(image["base64"]))).format == "WEBP"
        assert client.get(image["url"]).status_code == 200


def test_files_are_left_out_where_they_are_not_wanted(client):
    (image,) = ended(client, return_base64=False).json()["images"]
    assert "base64" not in image
    job_id = Image.objects.get().job_id
    assert "base64" in client.get(f"/status/{job_id}?return_base64=1").json()["images"][0]
    assert "base64" not in client.get(f"/status/{job_id}").json()["images"][0]


@pytest.mark.parametrize(
    ("status", "code", "http", "said"),
    [
        ("failed", "out_of_memory", 503, "out_of_memory"),
        ("failed", "refused_by_safety", 422, "refused_by_safety"),
        ("cancelled", "", 409, "cancelled"),
    ],
)
def test_a_job_without_images_is_an_error(client, status, code, http, said):
    answer = ended(client, status, code)
    assert (answer.status_code, answer.json()["error"]) == (http, said)
    assert answer.headers["X-Sdsite-Job"]
    shown = client.get("/recent").json()["jobs"][0]
    assert (shown["status"], shown["images"]) == (status, [])


def test_images_under_review_are_not_shown(client):
    ended(client, n=2)
    Image.objects.filter(index=0).update(quarantined_at="2026-01-01T00:00Z")
    assert [image["seed"] for image in ask(client, headers=ONCE, n=2).json()["images"]] == [8]
    assert len(client.get("/recent").json()["jobs"][0]["images"]) == 1
    Image.objects.update(quarantined_at="2026-01-01T00:00Z")
    answer = ask(client, headers=ONCE, n=2)
    assert (answer.status_code, answer.json()["error"]) == (403, "quarantined")
