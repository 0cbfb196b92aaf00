"""ComfyUI's endpoints without a worker: queue, files, lists, each user's own."""

import io

import pytest
from django.test import Client
from django.urls import resolve
from PIL import Image as Pillow

from tests.sdsite.api.compat.comfyui.conftest import ask, finish, run
from tests.support.clients.api_client import make_key
from tests.support.clients.comfyui_workflows import image_to_image
from tests.support.factories import make_image
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


def test_interrupting_cancels_the_running_graph_or_the_next(comfy):
    from generation.models import Job

    first, second, third = [ask(comfy) for _ in range(3)]
    run(second)
    assert comfy.post("/interrupt").status_code == 200
    assert Job.objects.get(pk=second).cancel_requested_at
    assert Job.objects.filter(status="cancelled").count() == 0
    Job.objects.filter(pk=second).update(status="cancelled")
    comfy.post("/interrupt", {"prompt_id": third})
    assert Job.objects.get(pk=third).status == "cancelled"
    comfy.post("/interrupt")
    assert Job.objects.get(pk=first).status == "cancelled"
    assert comfy.post("/interrupt").status_code == 200


def test_the_queue_is_emptied_one_by_one_or_at_once(comfy):
    from generation.models import Job

    running, *waiting = [ask(comfy) for _ in range(4)]
    run(running)
    comfy.post("/queue", {"delete": [waiting[0], running]})
    assert [one[1] for one in comfy.get("/queue").json()["queue_pending"]] == waiting[1:]
    comfy.post("/api/queue", {"clear": True})
    assert comfy.get("/prompt").json()["exec_info"]["queue_remaining"] == 1
    assert Job.objects.get(pk=running).cancel_requested_at is None


def test_front_moves_a_graph_before_the_users_other_ones(comfy):
    first, second = ask(comfy), ask(comfy, front=True)
    assert [one[1] for one in comfy.get("/queue").json()["queue_pending"]] == [second, first]


def test_other_users_neither_see_nor_stop_a_graph(comfy, comfy_of_charlie, alice):
    from generation.models import Job

    done, waiting = ask(comfy), ask(comfy)
    (image,) = finish(done, alice)
    upload = upload_of(alice)
    stranger = comfy_of_charlie
    assert stranger.get("/prompt").json()["exec_info"]["queue_remaining"] == 0
    assert stranger.get("/queue").json() == {"queue_running": [], "queue_pending": []}
    assert stranger.get("/history").json() == stranger.get(f"/history/{done}").json() == {}
    for kind, name in (("output", f"ComfyUI_{image.pk}.png"), ("input", f"{upload.pk}.png")):
        assert stranger.get("/view", filename=name, type=kind).status_code == 404
        assert comfy.get("/view", filename=name, type=kind).status_code == 200
    assert list(stranger.prompt(image_to_image(f"{upload.pk}.png")).json()["node_errors"]) == ["10"]
    for path, body in (
        ("/interrupt", {"prompt_id": waiting}),
        ("/interrupt", {}),
        ("/queue", {"delete": [waiting]}),
        ("/queue", {"clear": True}),
        ("/history", {"delete": [done]}),
        ("/history", {"clear": True}),
    ):
        assert stranger.post(path, body).status_code == 200
    assert Job.objects.get(pk=waiting).status == "queued"
    assert list(comfy.get("/history").json()) == [done]


def test_jobs_of_other_apis_are_not_shown(comfy, alice, checkpoint):
    from generation.models import Job
    from tests.support.factories import make_job

    make_job(alice, checkpoint)
    assert comfy.get("/prompt").json()["exec_info"]["queue_remaining"] == 0
    comfy.post("/interrupt")
    comfy.post("/queue", {"clear": True})
    assert Job.objects.get().status == "queued"


@pytest.mark.parametrize("path", ["/upload/image", "/api/upload/image"])
def test_an_upload_has_the_name_in_the_response(comfy, path):
    from gallery.models import Upload

    answer = comfy.upload(encoded(picture(size=(128, 128))), path).json()
    assert answer == {"name": f"{Upload.objects.get().pk}.png", "subfolder": "", "type": "input"}
    assert comfy.prompt(image_to_image(answer["name"])).status_code == 200
    refused = comfy.upload(b"<svg></svg>")
    assert refused.status_code == 422
    assert "SVG" in refused.json()["error"]["message"]
    assert comfy.client.post(path).status_code == 400


def test_image_to_image_from_an_own_image_by_its_name(comfy, alice):
    image = make_image(alice)
    assert comfy.prompt(image_to_image(f"ComfyUI_{image.pk}.png [output]")).status_code == 200


def test_previews_and_channels_of_files(comfy, alice):
    name = f"{upload_of(alice, picture((255, 0, 0, 90), (40, 30), 'RGBA')).pk}.png"
    small = comfy.get("/view", filename=name, type="input", preview="webp;50")
    assert small["Content-Type"] == "image/webp"
    assert Pillow.open(io.BytesIO(small.content)).size == (40, 30)
    alpha = comfy.get("/view", filename=name, type="input", channel="a")
    assert Pillow.open(io.BytesIO(alpha.content)).convert("L").getpixel((0, 0)) == 90
    assert comfy.get("/view", filename=name, type="input", channel="x").status_code == 400
    assert comfy.get("/view", type="input").status_code == 400
    assert comfy.get("/view", filename="../../etc/passwd").status_code == 404


def test_lists_have_the_sites_weights(comfy, charlie):
    from generation.models import Adapter

    Adapter.objects.create(kind="lora", slug="ink", title="Ink", location="x", family="sd")
    Adapter.objects.create(kind="embedding", slug="easy", title="Easy", location="x", family="sd", token="easy")
    info = comfy.get("/object_info").json()
    assert info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] == ["starter.safetensors"]
    assert info["LoraLoader"]["input"]["required"]["lora_name"][0] == ["ink.safetensors"]
    assert info["VAELoader"]["input"]["required"]["vae_name"][0] == []
    assert info["UNETLoader"]["input"]["required"]["unet_name"][0] == [], "SillyTavern reads it beside the other"
    assert [name for name, one in info.items() if one["output_node"]] == [
        *("SaveImage", "PreviewImage", "SaveImageWebsocket"),
    ]
    assert info["SaveImage"]["input"]["optional"]["filename_prefix"][0] == "STRING"
    assert comfy.get("/object_info/KSampler").json() == {"KSampler": info["KSampler"]}
    assert comfy.get("/object_info/Unheard").json() == {}
    assert comfy.get("/models").json()[:2] == ["checkpoints", "loras"]
    assert comfy.get("/models/loras").json() == ["ink.safetensors"]
    assert comfy.get("/models/secrets").status_code == 404
    assert comfy.get("/embeddings").json() == ["easy"]
    assert comfy.get("/features").json()["supports_preview_metadata"] is True
    assert comfy.get("/system_stats").json()["system"]["comfyui_version"]
    assert comfy.post("/free", {"unload_models": True}).status_code == 200


@pytest.mark.parametrize("path", ["/prompt", "/history", "/view", "/queue", "/object_info", "/system_stats"])
def test_everything_needs_a_key(db, path):
    response = Client().get(path)
    assert response.status_code == 401
    assert response.json()["error"]["type"] == "unauthorized"
    assert response["WWW-Authenticate"]


def test_keys_are_taken_from_every_header_and_need_their_scopes(alice, checkpoint):
    import base64

    whole = make_key(alice, "read")[1]
    basic = base64.b64encode(f"alice:{whole}".encode()).decode()
    for headers in (
        {"Authorization": f"Bearer {whole}"},
        {"Authorization": f"Basic {basic}"},
        {"X-API-Key": whole, "Authorization": ""},
    ):
        client = Client(headers=headers)
        assert client.get("/history").status_code == 200
        for path in ("/prompt", "/interrupt", "/queue", "/history", "/free", "/upload/image"):
            response = client.post(path, "{}", content_type="application/json")
            assert (response.status_code, response.json()["error"]["type"]) == (403, "forbidden_scope"), path
    assert Client(headers={"Authorization": "Bearer wrong"}).get("/history").status_code == 401


def test_the_same_addresses_exist_below_api():
    for address in ("prompt", "queue", "history", "view", "upload/image", "object_info", "interrupt", "system_stats"):
        assert resolve(f"/api/{address}").func == resolve(f"/{address}").func
