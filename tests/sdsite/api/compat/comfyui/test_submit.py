"""The graph that is kept with its job: bounded, and storable."""

import uuid

import pytest

from tests.sdsite.api.compat.comfyui.conftest import finish
from tests.support.clients.comfyui_workflows import node, text_to_image

pytestmark = pytest.mark.django_db


def test_a_graph_that_is_too_long_is_not_stored(comfy):
    graph = {**text_to_image(), "note": node("PrimitiveString", value="x" * 200_000)}
    response = comfy.prompt(graph)
    assert response.status_code == 400
    assert "200000" in response.json()["error"]["message"]


def test_unstorable_characters_are_replaced(comfy, alice):
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


def test_a_client_may_choose_the_prompt_id(comfy, comfy_of_charlie, alice):
    from generation.models import Job, Workflow

    for own in (str(uuid.uuid4()), uuid.uuid4().hex, "batch_7:3", 12):
        assert comfy.prompt(text_to_image(), prompt_id=own).json()["prompt_id"] == str(own)
    listed = [one[1] for one in comfy.get("/queue").json()["queue_pending"]]
    assert listed[2:] == ["batch_7:3", "12"]
    job = Workflow.objects.get(client_prompt_id="batch_7:3").job
    finish(str(job.pk), alice)
    entry = comfy.get("/history/batch_7:3").json()["batch_7:3"]
    assert entry["prompt"][1] == entry["status"]["messages"][0][1]["prompt_id"] == "batch_7:3"
    assert comfy.get("/api/jobs/batch_7:3").json()["id"] == "batch_7:3"
    assert comfy.get(f"/history/{job.pk}").json() == {}, "a graph has one id"
    comfy.post("/queue", {"delete": ["12"]})
    assert Workflow.objects.get(client_prompt_id="12").job.status == "cancelled"

    refused = comfy.prompt(text_to_image(), prompt_id="batch_7:3")
    assert (refused.status_code, refused.json()["node_errors"]) == (409, {})
    assert "batch_7:3 is taken" in refused.json()["error"]["message"]
    unnamed = comfy.prompt(text_to_image()).json()["prompt_id"]
    assert comfy.prompt(text_to_image(), prompt_id=unnamed).status_code == 409
    assert Job.objects.filter(owner=alice).count() == 5
    assert comfy_of_charlie.prompt(text_to_image(), prompt_id="batch_7:3").status_code == 200
    assert comfy_of_charlie.get("/history/batch_7:3").json() == {}


@pytest.mark.parametrize("given", ["a/b", "x" * 101, "two words", "\x00", ["id"], True, 1.5, {"id": 1}])
def test_a_prompt_id_that_is_none_is_refused(comfy, given):
    refused = comfy.prompt(text_to_image(), prompt_id=given)
    assert refused.status_code == 400
    assert "prompt_id must be" in refused.json()["error"]["message"]
    assert comfy.prompt(text_to_image(), prompt_id="").status_code == 200


def _nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value
