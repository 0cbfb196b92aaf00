"""Graphs and nodes of another shape are refused."""

import pytest

from tests.support.clients.comfyui_workflows import node, text_to_image

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"prompt": {}},
        {"prompt": "text"},
        {"prompt": {"4": node("CheckpointLoaderSimple", ckpt_name="starter")}},
        {"prompt": {str(number): node("PreviewImage") for number in range(201)}},
    ],
)
def test_a_body_without_a_graph_is_refused_as_a_whole(comfy, body):
    response = comfy.post("/prompt", body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]
    assert response.json()["node_errors"] == {}


@pytest.mark.parametrize("broken", [[], 5, {"class_type": "KSampler"}, {"class_type": 5, "inputs": {}}])
def test_malformed_nodes_are_refused(comfy, broken):
    response = comfy.prompt({**text_to_image(), "x": broken})
    assert response.status_code == 400
    assert list(response.json()["node_errors"]) == ["x"]
