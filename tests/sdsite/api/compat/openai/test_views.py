"""OpenAI's addresses without a worker: who is let in, what is refused and how, and what an answer looks like."""

import base64
import io
import json
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from PIL import Image as Pillow

from gallery.models import Image, Upload
from generation.jobs.cancel import cancel_job
from generation.jobs.lifecycle import move
from generation.models import Job, RoleLimits
from generation.realtime import waiting
from sdsite.accounts.api_keys import create_key
from sdsite.api.compat.openai import signed_urls, streaming, views
from tests.support.clients.api_client import knocking_as, make_key
from tests.support.factories import make_checkpoint, make_image
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db(transaction=True)
refusing = pytest.mark.django_db  # where nothing is accepted, nobody waits, and a transaction can be rolled back


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch, no_worker):
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0.0)


@pytest.fixture
def client(alice, checkpoint):
    return knocking_as(alice, "generate", "read")


def ask(client, headers=None, **words):
    body = json.dumps({"prompt": "a red heart", **words})
    return client.post("/v1/images/generations", body, content_type="application/json", headers=headers)


def send(client, address="edits", **form):
    named = {
        name: SimpleUploadedFile(f"{name}.png", value) if isinstance(value, bytes) else value
        for name, value in form.items()
    }
    return client.post(f"/v1/images/{address}", named)


def job_of(response):
    """Return the job that an answer is about; nobody may ask for it again."""
    assert response.headers["x-should-retry"] == "false"
    return Job.objects.get(pk=response.headers["X-Sdsite-Job"])


def refusal(response, status, code, param=None):
    """Return the error, having checked it; nothing was accepted."""
    assert response.status_code == status, response.content[:500]
    assert "x-should-retry" not in response.headers
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["code"], error["param"]) == (code, param)
    assert not Job.objects.exists()
    return error


def finished(client, status="succeeded", count=1, error_code="", headers=None, **words):
    """Return the answer for a job that has ended: asked for, drawn by hand, and asked for again with the same key."""
    key = {"Idempotency-Key": "once", **(headers or {})}
    response = ask(client, headers=key, n=count, **words)
    assert response.status_code == 504
    job = job_of(response)
    for index in range(count):
        make_image(job.owner, job_id=job.pk, index=index, output_format=job.parameters["output_format"])
    move(job.pk, Job.Status.RUNNING)
    assert move(job.pk, status, error_code=error_code, error_message="It went wrong." if error_code else "")
    response = ask(client, headers=key, n=count, **words)
    assert job_of(response) == job
    return response


class TestAsking:
    """A request becomes a job of the caller."""

    def test_a_request_is_a_job_and_an_answer_that_comes_too_late_is_not_asked_for_again(self, client, alice):
        response = ask(client, model="gpt-image-2", n=2, size="128x128", seed=7, steps=3, user="somebody")
        assert response.status_code == 504
        job = job_of(response)
        assert (job.owner, job.source, job.count) == (alice, "openai", 2)
        assert {"seed": 7, "steps": 3, "width": 128, "checkpoint": "starter"}.items() <= job.parameters.items()
        assert f"/api/v1/jobs/{job.pk}" in response.json()["error"]["message"]

    def test_a_model_is_a_checkpoint_and_another_name_the_default(self, client, settings):
        make_checkpoint("ink", steps=5)
        assert job_of(ask(client, model="ink")).checkpoint.slug == "ink"
        assert job_of(ask(client, model="org/dall-e 3")).checkpoint.slug == "starter"
        assert job_of(ask(client, model="dall-e-3", checkpoint="ink")).checkpoint.slug == "ink"
        Job.objects.all().delete()
        settings.STRICT_MODELS = True
        error = refusal(ask(client, model="dall-e-3"), 404, "model_not_found", "model")
        assert error["type"] == "invalid_request_error"
        assert "'dall-e-3'" in error["message"]
        assert job_of(ask(client, model="")).checkpoint.slug == "starter"

    @refusing
    @pytest.mark.parametrize(
        ("words", "code", "param"),
        [
            ({"size": "63x64"}, "invalid_parameters", "size"),
            ({"size": "512x512"}, "invalid_parameters", "size"),
            ({"size": "big"}, "invalid_parameters", "size"),
            ({"n": 11}, "invalid_parameters", "n"),
            ({"prompt": " "}, "invalid_parameters", "prompt"),
            ({"prompt": None}, "invalid_parameters", "prompt"),
            ({"output_format": "svg"}, "invalid_parameters", "output_format"),
            ({"checkpoint": "gone"}, "checkpoint_missing", "model"),
            ({"loras": [{"name": "gone"}]}, "adapter_missing", "loras.0.name"),
            ({"num_inference_steps": 3}, "invalid_parameters", "num_inference_steps"),
        ],
    )
    def test_what_cannot_be_is_refused_by_the_name_it_was_sent_with(self, client, words, code, param):
        assert refusal(ask(client, **words), 400, code, param)["type"] == "invalid_request_error"

    @refusing
    def test_who_is_not_let_in_is_told_so_in_its_shape(self, client, alice, checkpoint):
        wrong = Client(headers={"Authorization": "Bearer sd_nope"})
        assert refusal(ask(wrong), 401, "invalid_api_key")["type"] == "authentication_error"
        refusal(ask(Client()), 401, "invalid_api_key")
        assert refusal(ask(knocking_as(alice, "read")), 403, "forbidden_scope")["type"] == "permission_error"
        refused = client.get("/v1/images/generations")
        refusal(refused, 405, "method_not_allowed")
        assert refused["Allow"] == "POST"
        refusal(client.post("/v1/chat/completions"), 404, "not_found")
        for data in ("[1]", '{"prompt":' + "[" * 100_000):
            body = {"data": data, "content_type": "application/json"}
            refusal(client.post("/v1/images/generations", **body), 400, "invalid_json")

    def test_limits_of_a_role_are_told_in_its_words(self, client):
        RoleLimits.objects.create(group=None, most_images=1)
        refusal(ask(client, n=2), 403, "limit_exceeded", "n")
        RoleLimits.objects.update(most_images=None, most_queued=1)
        job_of(ask(client))
        response = ask(client)
        assert response.status_code == 429
        assert response.json()["error"]["type"] == "rate_limit_error"
        assert int(response["Retry-After"]) > 0


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

    def test_a_prompt_that_became_another_is_told(self, client):
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
    def test_a_job_without_images_is_an_error_that_is_not_repeated(self, client, status, code, http, said, kind):
        response = finished(client, status, error_code=code)
        assert response.status_code == http
        error = response.json()["error"]
        assert (error["code"], error["type"], error["param"]) == (said, kind, None)

    def test_what_is_held_back_is_not_handed_out(self, client):
        finished(client, count=2)
        Image.objects.filter(index=0).update(quarantined_at="2026-01-01T00:00Z")
        key = {"Idempotency-Key": "once"}
        assert [datum["seed"] for datum in ask(client, headers=key, n=2).json()["data"]] == [8]
        Image.objects.update(quarantined_at="2026-01-01T00:00Z")
        response = ask(client, headers=key, n=2)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "moderation_blocked")


async def test_what_goes_wrong_in_a_stream_is_its_last_event(alice, checkpoint, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(streaming, "KEEP_ALIVE_SECONDS", 0.01)
    key = (await sync_to_async(make_key)(alice))[1]
    body = json.dumps({"prompt": "a red heart", "stream": True, "partial_images": 2})
    headers = {"Authorization": f"Bearer {key}"}
    response = await AsyncClient().post("/v1/images/generations", body, "application/json", headers=headers)
    assert response["Content-Type"] == "text/event-stream"
    job = await sync_to_async(job_of)(response)
    parts = aiter(response.streaming_content)
    assert (await anext(parts)).startswith(b": ")
    await sync_to_async(cancel_job)(job=job, actor=alice)
    last = [part async for part in parts if not part.startswith(b": ")]
    name, _, data = last[0].decode().partition("\ndata: ")
    assert (len(last), name) == (1, "event: error")
    assert json.loads(data)["error"]["code"] == "cancelled"


class TestLinks:
    """`response_format: url`."""

    @pytest.fixture
    def address(self, client):
        url = finished(client, response_format="url").json()["data"][0]["url"]
        assert url.startswith("http://testserver/v1/images/files/")
        return f"{urlsplit(url).path}?{urlsplit(url).query}"

    def test_an_address_works_without_a_key_and_only_for_its_image(self, address, alice):
        response = Client().get(address)
        assert (response.status_code, response["Content-Type"]) == (200, "image/png")
        assert "no-store" in response["Cache-Control"]
        image, other = Image.objects.get(), make_image(alice)
        assert Client().get(address.replace(str(image.pk), str(other.pk))).status_code == 403
        assert Client().get(address[:-1]).status_code == 403
        assert Client().get(address.partition("?")[0]).status_code == 403

    def test_an_address_ends(self, address, alice, monkeypatch):
        Image.objects.update(quarantined_at="2026-01-01T00:00Z")
        assert Client().get(address).status_code == 404
        Image.objects.update(quarantined_at=None)
        type(alice).objects.update(is_active=False)
        assert Client().get(address).status_code == 404
        type(alice).objects.update(is_active=True)
        monkeypatch.setattr(signed_urls, "MINUTES", -1)
        response = Client().get(address)
        assert (response.status_code, b"minutes" in response.content) == (403, True)


class TestForms:
    """Edits and variations."""

    def test_a_mask_lets_what_is_transparent_be_drawn_anew(self, client, alice):
        mask = picture("blue", (128, 128), "RGBA")
        mask.paste((0, 0, 0, 0), (0, 0, 64, 128))
        response = send(client, image=encoded(picture("red", (128, 128))), mask=encoded(mask), prompt="a fox", seed="5")
        requested_here = job_of(response).parameters
        assert (requested_here["task"], requested_here["strength"], requested_here["seed"]) == ("inpaint", 1.0, 5)
        kept = Upload.objects.get(pk=requested_here["mask_image"].removeprefix("upload:"))
        assert kept.owner == alice
        stored = Pillow.open(default_storage.open(kept.file)).convert("L")
        assert [stored.getpixel((x, 64)) for x in (10, 100)] == [255, 0]

    @pytest.mark.parametrize("field", ["image", "image[]", "image[0]"])
    def test_one_image_may_be_sent_by_all_its_names(self, client, field):
        requested_here = job_of(send(client, **{field: encoded(picture("red"))}, prompt="a fox")).parameters
        assert (requested_here["task"], requested_here["mask_image"], requested_here["strength"]) == (
            "image_to_image",
            None,
            0.75,
        )
        kept = Upload.objects.get(pk=requested_here["init_image"].removeprefix("upload:"))
        assert Pillow.open(default_storage.open(kept.file)).getpixel((0, 0)) == (255, 0, 0)

    @refusing
    def test_several_images_are_not_put_together(self, client):
        def files():
            return [SimpleUploadedFile(f"{name}.png", encoded(picture(name))) for name in ("red", "blue")]

        one, other = files()
        for form in ({"image[]": files()}, {"image[0]": one, "image[1]": other}, {"image": files()}):
            error = refusal(
                client.post("/v1/images/edits", {**form, "prompt": "a fox"}), 400, "invalid_parameters", "image"
            )
            assert error["message"].endswith("several are not combined here; got 2")
        assert not Upload.objects.exists()

    def test_a_picture_that_is_transparent_itself_is_its_own_mask(self, client):
        clear = picture("red", (64, 64), "RGBA")
        clear.paste((0, 0, 0, 0), (0, 0, 32, 64))
        requested_here = job_of(send(client, image=encoded(clear), prompt="a fox")).parameters
        assert (requested_here["task"], requested_here["mask_image"]) == ("inpaint", requested_here["init_image"])

    def test_fidelity_is_how_much_stays(self, client):
        form = {"image": encoded(), "prompt": "a fox", "input_fidelity": "high"}
        assert job_of(send(client, **form)).parameters["strength"] == 0.5
        assert job_of(send(client, **form, strength="0.3")).parameters["strength"] == 0.3

    def test_a_variation_needs_no_prompt_and_takes_the_one_that_the_picture_tells(self, client, alice):
        requested_here = job_of(
            send(client, "variations", image=encoded(), n="2", model="dall-e-2", size="128x128")
        ).parameters
        assert (requested_here["task"], requested_here["prompt"], requested_here["strength"]) == (
            "image_to_image",
            "a picture",
            0.6,
        )
        assert requested_here["count"] == 2
        with default_storage.open(make_image(alice, prompt="a red heart <lora:gone:1>").file) as file:
            drawn = file.read()
        assert job_of(send(client, "variations", image=drawn)).parameters["prompt"] == "a red heart"

    @refusing
    @pytest.mark.parametrize(
        ("form", "param"),
        [
            ({}, "image"),
            ({"image": "https://example.org/a.png"}, "image"),
            ({"image": b"no picture"}, "image"),
            ({"image": encoded(), "mask": encoded()}, "mask"),
            ({"image": encoded(), "mask": b"no picture"}, "mask"),
            ({"image": encoded(), "markup": encoded()}, "markup"),
            ({"image": encoded(), "size": "1x1"}, "size"),
        ],
    )
    def test_pictures_that_cannot_be_are_refused_by_name(self, client, form, param):
        refusal(send(client, prompt="a fox", **form), 400, "invalid_parameters", param)

    @refusing
    def test_a_body_that_is_no_form_is_refused(self, client):
        response = client.post("/v1/images/edits", "{}", content_type="application/json")
        refusal(response, 415, "unsupported_media_type")

    @refusing
    def test_pictures_of_others_are_none(self, alice, charlie, checkpoint):
        theirs = upload_of(alice)
        refusal(ask(knocking_as(charlie), init_image=theirs.reference), 400, "invalid_parameters", "image")


def test_models_are_the_checkpoints_that_one_may_use(client, checkpoint):
    hidden = make_checkpoint("ink")
    make_checkpoint("off", enabled=False)
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["starter", "ink"]
    created = int(hidden.created_at.timestamp())
    assert client.get("/v1/models/ink").json() == {
        "id": "ink",
        "object": "model",
        "created": created,
        "owned_by": "sdsite",
    }
    refusal(client.get("/v1/models/off"), 404, "model_not_found", "model")
    refusal(client.get("/v1/models/org/any"), 404, "model_not_found", "model")
    RoleLimits.objects.create(group=None).checkpoints.add(checkpoint)
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["starter"]
    refusal(client.get("/v1/models/ink"), 404, "model_not_found", "model")
    refusal(ask(client, model="ink"), 403, "checkpoint_not_allowed", "model")
    refusal(Client().get("/v1/models"), 401, "invalid_api_key")


def test_a_key_for_some_checkpoints_shows_and_draws_with_those(client, alice):
    make_checkpoint("ink")
    _, key = create_key(owner=alice, name="ink", scopes=["generate"], checkpoints=["ink"])
    bound = Client(headers={"Authorization": f"Bearer {key}"})
    assert [model["id"] for model in bound.get("/v1/models").json()["data"]] == ["ink"]
    refusal(ask(bound, model="starter"), 403, "checkpoint_not_allowed", "model")
    assert job_of(ask(bound, model="dall-e-3")).checkpoint.slug == "ink"
