"""What ComfyUI's addresses answer, without a worker: history, queue, files, lists; each person's own."""

import io
import json
import uuid

import pytest
from django.test import Client
from django.urls import resolve
from PIL import Image as Pillow

from tests.support.clients.api_client import make_key
from tests.support.comfyui_workflows import image_to_image, node, text_to_image
from tests.support.factories import make_image
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


def ask(comfy, **beside):
    """Return the id of a posted graph."""
    response = comfy.prompt(text_to_image(), **beside)
    assert response.status_code == 200, response.json()
    return response.json()["prompt_id"]


def run(prompt_id):
    from generation.models import Job

    Job.objects.filter(pk=prompt_id).update(status="running")


def finish(prompt_id, owner, *, status="succeeded", images=1, **fields):
    """End a job as a worker would; return its images."""
    from generation.jobs.lifecycle import move

    run(prompt_id)
    drawn = [make_image(owner, job_id=uuid.UUID(prompt_id), index=index) for index in range(images)]
    assert move(uuid.UUID(prompt_id), status, **fields)
    return drawn


def test_a_graph_is_in_the_queue_then_in_the_history(comfy, alice):
    first = ask(comfy, client_id="me", extra_data={"note": 1, "api_key_comfy_org": "secret"})
    second = ask(comfy)
    run(first)
    assert comfy.get("/prompt").json() == {"exec_info": {"queue_remaining": 2}}
    queue = comfy.get("/queue").json()
    (running,), (pending,) = queue["queue_running"], queue["queue_pending"]
    assert running[:2] == [0, first]
    assert pending[:2] == [1, second]
    assert running[2] == text_to_image()
    assert running[3]["note"] == 1
    assert running[3]["client_id"] == "me"
    assert "api_key_comfy_org" not in running[3]
    assert running[4] == ["9"]
    assert comfy.get(f"/history/{first}").json() == {}
    assert comfy.get("/history").json() == {}

    images = finish(first, alice, images=2)
    for answer in (comfy.get("/history"), comfy.get(f"/api/history/{first}")):
        (entry,) = answer.json().values()
        assert entry["prompt"] == running
        assert entry["status"]["status_str"] == "success"
        assert entry["status"]["completed"] is True
        kinds = [kind for kind, _ in entry["status"]["messages"]]
        assert kinds == ["execution_start", "execution_cached", "execution_success"]
        names = [file["filename"] for file in entry["outputs"]["9"]["images"]]
        assert names == [f"ComfyUI_{image.pk}.png" for image in images]
    file = entry["outputs"]["9"]["images"][1]
    assert (file["type"], file["subfolder"]) == ("output", "")
    shown = comfy.get("/view", **file)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert "Steps: 20" in Pillow.open(io.BytesIO(shown.content)).text["parameters"]


@pytest.mark.parametrize(("status", "kind"), [("failed", "execution_error"), ("cancelled", "execution_interrupted")])
def test_a_graph_that_came_to_nothing_says_why(comfy, alice, status, kind):
    prompt_id = ask(comfy)
    finish(prompt_id, alice, status=status, images=0, error_code="out_of_memory", error_message="Too large.")
    entry = comfy.get(f"/history/{prompt_id}").json()[prompt_id]
    assert (entry["status"]["status_str"], entry["status"]["completed"], entry["outputs"]) == ("error", False, {})
    last, data = entry["status"]["messages"][-1]
    assert (last, data["node_id"], data["node_type"]) == (kind, "3", "KSampler")
    if status == "failed":
        assert (data["exception_type"], data["exception_message"]) == ("out_of_memory", "Too large.")


def test_the_history_shows_the_last_unless_asked_and_forgets(comfy, alice):
    from generation.models import Job

    ids = [ask(comfy) for _ in range(3)]
    for prompt_id in ids:
        finish(prompt_id, alice)
    assert list(comfy.get("/history").json()) == ids
    assert list(comfy.get("/history", max_items=2).json()) == ids[1:]
    assert list(comfy.get("/history", max_items=1, offset=1).json()) == ids[1:2]
    assert comfy.get("/history", max_items="all").status_code == 400
    assert comfy.post("/history", {"delete": [ids[0], "nonsense"]}).status_code == 200
    assert list(comfy.get("/history").json()) == ids[1:]
    comfy.post("/history", {"clear": True})
    assert comfy.get("/history").json() == {}
    assert Job.objects.count() == 3, "jobs and pictures stay"


def test_the_newer_list_of_jobs(comfy, alice, comfy_of_charlie):
    done, failed, running, waiting = [ask(comfy) for _ in range(4)]
    (image,) = finish(done, alice)
    finish(failed, alice, status="failed", images=0, error_code="refused", error_message="No.")
    run(running)
    page = comfy.get("/api/jobs", limit=3).json()
    assert [job["id"] for job in page["jobs"]] == [waiting, running, failed]
    assert [job["status"] for job in page["jobs"]] == ["pending", "in_progress", "failed"]
    assert page["pagination"] == {"offset": 0, "limit": 3, "total": 4, "has_more": True}
    (job,) = comfy.get("/api/jobs", status="completed", sort_order="asc").json()["jobs"]
    assert job["outputs_count"] == 1
    assert job["preview_output"]["filename"] == f"ComfyUI_{image.pk}.png"
    whole = comfy.get(f"/api/jobs/{done}").json()
    assert whole["workflow"]["prompt"] == text_to_image()
    assert whole["outputs"]["9"]["images"][0]["filename"] == job["preview_output"]["filename"]
    assert comfy.get("/api/jobs", status="lost").status_code == 400
    assert comfy_of_charlie.get("/api/jobs").json()["jobs"] == []
    assert comfy_of_charlie.get(f"/api/jobs/{done}").status_code == 404


def test_interrupting_stops_what_runs_or_would_be_next(comfy):
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


def test_front_means_before_ones_own(comfy):
    first, second = ask(comfy), ask(comfy, front=True)
    assert [one[1] for one in comfy.get("/queue").json()["queue_pending"]] == [second, first]


def test_nobody_sees_or_stops_a_strangers(comfy, comfy_of_charlie, alice):
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


def test_what_other_doors_made_is_no_part_of_it(comfy, alice, checkpoint):
    from generation.models import Job
    from tests.support.factories import make_job

    make_job(alice, checkpoint)
    assert comfy.get("/prompt").json()["exec_info"]["queue_remaining"] == 0
    comfy.post("/interrupt")
    comfy.post("/queue", {"clear": True})
    assert Job.objects.get().status == "queued"


@pytest.mark.parametrize("path", ["/upload/image", "/api/upload/image"])
def test_an_upload_is_called_by_the_name_in_the_answer(comfy, path):
    from gallery.models import Upload

    answer = comfy.upload(encoded(picture(size=(128, 128))), path).json()
    assert answer == {"name": f"{Upload.objects.get().pk}.png", "subfolder": "", "type": "input"}
    assert comfy.prompt(image_to_image(answer["name"])).status_code == 200
    refused = comfy.upload(b"<svg></svg>")
    assert refused.status_code == 422
    assert "SVG" in refused.json()["error"]["message"]
    assert comfy.client.post(path).status_code == 400


def test_an_own_picture_is_drawn_from_by_its_name(comfy, alice):
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


def test_lists_are_the_sites_own(comfy, charlie):
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


def test_limits_of_a_role_are_told_at_their_node(comfy, alice):
    from generation.models import RoleLimits

    RoleLimits.objects.update_or_create(group=None, defaults={"most_images": 1, "most_queued": 1})
    graph = text_to_image()
    graph["5"]["inputs"]["batch_size"] = 2
    response = comfy.prompt(graph)
    assert response.status_code == 403
    assert list(response.json()["node_errors"]) == ["5"]
    ask(comfy)
    full = comfy.prompt(text_to_image())
    assert (full.status_code, full.json()["error"]["type"], full.json()["node_errors"]) == (429, "queue_full", {})
    assert full["Retry-After"]


def test_a_graph_that_is_too_long_is_not_kept(comfy):
    graph = {**text_to_image(), "note": node("PrimitiveString", value="x" * 200_000)}
    response = comfy.prompt(graph)
    assert response.status_code == 400
    assert "200000" in response.json()["error"]["message"]


def test_what_no_row_can_hold_is_replaced(comfy, alice):
    graph = text_to_image()
    graph["4"]["is_changed"] = [float("nan")]  # ComfyUI itself saves this
    graph["9"]["inputs"]["filename_prefix"] = "cats/\ud800\x00 %date%"
    answer = comfy.prompt(graph, client_id="\x00\ud800", extra_data={"deep": _nested(800), "much": 1e999})
    assert answer.status_code == 200, answer.content
    prompt_id = answer.json()["prompt_id"]
    (image,) = finish(prompt_id, alice)
    entry = comfy.get(f"/history/{prompt_id}").json()[prompt_id]
    assert entry["prompt"][2]["4"]["is_changed"] == [None]
    assert entry["outputs"]["9"]["images"][0]["filename"] == f"date_{image.pk}.png"


def _nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("path", ["/prompt", "/history", "/view", "/queue", "/object_info", "/system_stats"])
def test_everything_needs_a_key(db, path):
    response = Client().get(path)
    assert response.status_code == 401
    assert response.json()["error"]["type"] == "unauthorized"
    assert response["WWW-Authenticate"]


def test_keys_come_in_every_way_and_need_their_scopes(alice, checkpoint):
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


def test_other_methods_and_bodies_are_refused_in_its_shape(comfy):
    assert comfy.client.delete("/prompt").status_code == 405
    assert comfy.get("/interrupt").status_code == 405
    broken = comfy.client.post("/prompt", "{", content_type="application/json")
    assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_json")


def test_the_same_addresses_stand_below_api():
    for address in ("prompt", "queue", "history", "view", "upload/image", "object_info", "interrupt", "system_stats"):
        assert resolve(f"/api/{address}").func == resolve(f"/{address}").func


def test_an_error_is_json_whatever_was_asked(comfy):
    answer = comfy.get("/view", filename="nothing.png")
    assert json.loads(answer.content)["node_errors"] == {}
