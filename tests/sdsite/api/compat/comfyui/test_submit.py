"""The graph that is kept with its job: bounded, and storable."""

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


def _nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value
