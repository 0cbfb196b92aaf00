"""The table of nodes as clients read it."""

import pytest

from tests.sdsite.api.compat.comfyui.conftest import make_adapter

pytestmark = pytest.mark.django_db


def test_object_info_lists_controlnets_and_both_samplers(comfy):
    make_adapter("controlnet", "edges")
    found = comfy.get("/object_info").json()
    assert found["ControlNetLoader"]["input"]["required"]["control_net_name"][0] == ["edges.safetensors"]
    assert comfy.get("/models/controlnet").json() == ["edges.safetensors"]
    assert found["ControlNetApplyAdvanced"]["output"] == ["CONDITIONING", "CONDITIONING"]
    assert list(found["ControlNetApplyAdvanced"]["input"]["optional"]) == ["vae"]
    plain, advanced = (found[name]["input"]["required"] for name in ("KSampler", "KSamplerAdvanced"))
    assert plain["sampler_name"] == advanced["sampler_name"]
    assert advanced["end_at_step"][1]["default"] == 10000


def test_every_node_has_its_own_name_in_the_answer(comfy):
    for name, node in comfy.get("/object_info").json().items():
        assert node["name"] == name
        assert set(node["input_order"]) <= {"required", "optional"}
