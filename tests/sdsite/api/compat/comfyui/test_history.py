"""Queue and history of ComfyUI's API."""

import io

import pytest
from PIL import Image as Pillow

from tests.sdsite.api.compat.comfyui.conftest import ask, finish, run
from tests.support.clients.comfyui_workflows import text_to_image

pytestmark = pytest.mark.django_db


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
def test_a_failed_graph_has_its_error(comfy, alice, status, kind):
    prompt_id = ask(comfy)
    finish(prompt_id, alice, status=status, images=0, error_code="out_of_memory", error_message="Too large.")
    entry = comfy.get(f"/history/{prompt_id}").json()[prompt_id]
    assert (entry["status"]["status_str"], entry["status"]["completed"], entry["outputs"]) == ("error", False, {})
    last, data = entry["status"]["messages"][-1]
    assert (last, data["node_id"], data["node_type"]) == (kind, "3", "KSampler")
    if status == "failed":
        assert (data["exception_type"], data["exception_message"]) == ("out_of_memory", "Too large.")


def test_the_history_is_bounded_and_can_be_deleted(comfy, alice):
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
    assert Job.objects.count() == 3, "jobs and images stay"


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
