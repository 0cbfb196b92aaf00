"""Errors in ComfyUI's shape, at the node that is at fault."""

import json

import pytest

from tests.sdsite.api.compat.comfyui.conftest import ask
from tests.support.clients.comfyui_workflows import text_to_image

pytestmark = pytest.mark.django_db


def test_limits_of_a_role_are_errors_of_their_node(comfy, alice):
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


def test_other_methods_and_bodies_are_refused_in_comfyuis_shape(comfy):
    assert comfy.client.delete("/prompt").status_code == 405
    assert comfy.get("/interrupt").status_code == 405
    broken = comfy.client.post("/prompt", "{", content_type="application/json")
    assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_json")


def test_every_error_is_json(comfy):
    answer = comfy.get("/view", filename="nothing.png")
    assert json.loads(answer.content)["node_errors"] == {}
