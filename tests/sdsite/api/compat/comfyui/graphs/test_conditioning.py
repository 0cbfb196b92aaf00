"""ControlNets on the way from a sampler to its prompts."""

import base64

import pytest

from gallery.models import Upload
from tests.sdsite.api.compat.comfyui.conftest import make_adapter, told
from tests.support.clients.comfyui_workflows import node, text_to_image
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice):
    """An upload, by its file name."""
    make_adapter("controlnet", "edges")
    make_adapter("controlnet", "depth")
    return f"{upload_of(alice, picture(size=(96, 64))).pk}.png"


def with_control(image, *, strength=0.8):
    """Return the template with the older node, on the positive prompt alone."""
    graph = text_to_image(positive=["32", 0])
    graph["30"] = node("LoadImage", image=image)
    graph["31"] = node("ControlNetLoader", control_net_name="edges.safetensors")
    graph["32"] = node(
        "ControlNetApply", conditioning=["6", 0], control_net=["31", 0], image=["30", 0], strength=strength
    )
    return graph


def with_two(image):
    """Return the template with two of the newer nodes, the first behind a preprocessor."""
    graph = with_control(image)
    del graph["32"]
    graph["40"] = node("Canny", image=["30", 0], low_threshold=0.4, high_threshold=0.8)
    both = {"positive": ["6", 0], "negative": ["7", 0], "control_net": ["31", 0], "image": ["40", 0], "strength": 1}
    graph["41"] = node("ControlNetApplyAdvanced", **both, start_percent=0, end_percent=0.5)
    graph["42"] = node("ControlNetLoader", control_net_name="depth.pth")
    links = {"positive": ["41", 0], "negative": ["41", 1], "control_net": ["42", 0], "image": ["30", 0]}
    graph["43"] = node("ControlNetApplyAdvanced", **links, strength=0.3, start_percent=0.2, end_percent=1, vae=["4", 2])
    graph["3"]["inputs"] |= {"positive": ["43", 0], "negative": ["43", 1]}
    return graph


def test_the_older_node_acts_on_both_prompts(parameters, image):
    found = parameters(with_control(image))
    assert found["prompt"] == "a red heart"
    [control] = found["controls"]
    assert told(control, "model", "image", "preprocessor") == {
        "model": "edges",
        "image": f"upload:{image[:36]}",
        "preprocessor": "none",
    }
    assert told(control, "weight", "start", "end") == {"weight": 0.8, "start": 0, "end": 1}


def test_several_are_applied_in_order_with_their_range_of_steps(parameters, image):
    found = parameters(with_two(image))
    assert (found["prompt"], found["negative_prompt"]) == ("a red heart", "blue")
    facts = ("model", "preprocessor", "weight", "start", "end")
    assert [tuple(one[fact] for fact in facts) for one in found["controls"]] == [
        ("edges", "canny", 1, 0, 0.5),
        ("depth", "none", 0.3, 0.2, 1),
    ]
    assert len({one["image"] for one in found["controls"]}) == 1


def changed(graph, name, **inputs):
    graph[name]["inputs"] |= inputs
    return graph


def test_a_refusal_names_the_node_of_the_controlnet(refusal, image, charlie):
    make_adapter("controlnet", "large", family="sdxl")
    strangers = f"{upload_of(charlie).pk}.png"
    for graph, at, of in (
        (changed(with_control(image), "31", control_net_name="nowhere"), "31", "control_net_name"),
        (changed(with_control(image), "31", control_net_name="large"), "31", "control_net_name"),
        (changed(with_control(image), "32", strength=5), "32", "strength"),
        (with_control(strangers), "30", "image"),
        (changed(with_control(image), "32", image=["8", 0]), "8", None),  # depends on itself
        (changed(with_two(image), "3", negative=["7", 0]), "43", "image"),
        (changed(with_two(image), "3", positive=["43", 1], negative=["43", 0]), "43", "negative"),
        (changed(with_two(image), "41", start_percent=0.6), "41", "end_percent"),
        (
            changed(with_two(image), "40", image=["41b", 0]) | {"41b": node("ImageInvert", image=["30", 0])},
            "41b",
            "image",
        ),
    ):
        nodes, name, details = refusal(graph)
        assert at in nodes, details
        assert name == of or nodes[0] != at, details


def test_a_control_image_inside_the_graph_is_kept_by_its_name(comfy, image, alice):
    from generation.models import Workflow

    graph = with_control(image)
    graph["30"] = node("ETN_LoadImageBase64", image=base64.b64encode(encoded(picture(size=(64, 64)))).decode())
    assert comfy.prompt(graph).status_code == 200
    workflow = Workflow.objects.get()
    [control] = workflow.job.parameters["controls"]
    assert workflow.graph["30"]["inputs"]["image"] == control["image"].removeprefix("upload:") + ".png"


def test_too_many_are_refused_before_their_images_are_kept(refusal, image):
    graph, last = with_control(image), "32"
    sent = base64.b64encode(encoded(picture(size=(64, 64)))).decode()
    for number in range(10):
        graph[f"i{number}"] = node("ETN_LoadImageBase64", image=sent)
        links = {"conditioning": [last, 0], "control_net": ["31", 0], "image": [f"i{number}", 0]}
        last = f"c{number}"
        graph[last] = node("ControlNetApply", **links, strength=1)
    graph["3"]["inputs"]["positive"] = [last, 0]
    before = Upload.objects.count()
    assert refusal(graph)[:2] == ([last], "control_net")
    assert Upload.objects.count() == before


def test_one_image_for_several_is_kept_once(comfy, image):
    graph = with_two(image)
    graph["30"] = node("ETN_LoadImageBase64", image=base64.b64encode(encoded(picture(size=(64, 64)))).decode())
    before = Upload.objects.count()
    assert comfy.prompt(graph).status_code == 200
    assert Upload.objects.count() == before + 1
