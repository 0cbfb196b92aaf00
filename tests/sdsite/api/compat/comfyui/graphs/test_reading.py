"""Links to values of other nodes are followed."""

import pytest

from tests.sdsite.api.compat.comfyui.conftest import told
from tests.support.clients.comfyui_workflows import node, text_to_image

pytestmark = pytest.mark.django_db


def test_links_to_values_are_followed(parameters):
    graph = text_to_image(seed=["number", 0])
    graph["number"] = node("PrimitiveInt", value=99)
    graph["words"] = node("PrimitiveStringMultiline", value="a green star")
    graph["6"]["inputs"]["text"] = ["words", 0]
    assert told(parameters(graph), "seed", "prompt") == {"seed": 99, "prompt": "a green star"}
