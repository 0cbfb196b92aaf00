"""Responses of OpenAI's API."""

import base64
import io

import pytest
from PIL import Image as Pillow

from gallery.models import Image
from generation.models import Job
from tests.sdsite.api.compat.openai.conftest import ask, finished

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_wait")]


class TestAnswers:
    """What a finished job is answered as."""

    def test_images_come_as_base64(self, client):
        answer = finished(client, count=2, quality="high", output_format="webp").json()
        job = Job.objects.get()
        assert answer["created"] == int(job.finished_at.timestamp())
        assert (answer["size"], answer["output_format"], answer["background"]) == ("128x128", "webp", "opaque")
        assert answer["quality"] == "high"
        assert "usage" not in answer
        assert [datum["seed"] for datum in answer["data"]] == [7, 8]
        assert all(set(datum) == {"b64_json", "seed"} for datum in answer["data"])
        opened = [Pillow.open(io.BytesIO(base64.b64decode(datum["b64_json"]))) for datum in answer["data"]]
        assert [one.format for one in opened] == ["WEBP", "WEBP"]

    @pytest.mark.parametrize(
        ("words", "content"),
        [
            ({"model": "dall-e-2"}, "url"),
            ({"model": "dall-e-3"}, "url"),
            ({"model": "dall-e-3", "response_format": "b64_json"}, "b64_json"),
            ({"model": "gpt-image-1"}, "b64_json"),
            ({"model": "starter"}, "b64_json"),
            ({"model": "starter", "response_format": "url"}, "url"),
        ],
    )
    def test_images_come_as_openai_answers_for_the_model(self, client, words, content):
        (datum,) = finished(client, **words).json()["data"]
        assert set(datum) == {content, "seed"}

    def test_a_changed_prompt_is_returned_as_revised_prompt(self, client):
        (datum,) = finished(client, prompt="a {red|red} heart").json()["data"]
        assert datum["revised_prompt"] == "a red heart"

    @pytest.mark.parametrize(
        ("status", "code", "http", "said", "kind"),
        [
            ("failed", "out_of_memory", 503, "out_of_memory", "server_error"),
            ("failed", "refused_by_safety", 400, "moderation_blocked", "image_generation_user_error"),
            ("cancelled", "", 409, "cancelled", "invalid_request_error"),
        ],
    )
    def test_a_job_without_images_is_an_error_that_is_not_retried(self, client, status, code, http, said, kind):
        response = finished(client, status, error_code=code)
        assert response.status_code == http
        error = response.json()["error"]
        assert (error["code"], error["type"], error["param"]) == (said, kind, None)

    def test_images_under_review_are_not_returned(self, client):
        finished(client, count=2)
        Image.objects.filter(index=0).update(quarantined_at="2026-01-01T00:00Z")
        key = {"Idempotency-Key": "once"}
        assert [datum["seed"] for datum in ask(client, headers=key, n=2).json()["data"]] == [8]
        Image.objects.update(quarantined_at="2026-01-01T00:00Z")
        response = ask(client, headers=key, n=2)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "moderation_blocked")
