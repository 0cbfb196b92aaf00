"""Parameters read from ComfyUI's graphs, and the node at fault for each refusal."""

import pytest

from tests.sdsite.api.compat.comfyui.conftest import make_adapter, told
from tests.support.clients.comfyui_workflows import avatar, image_to_image, node, text_to_image, with_loras

pytestmark = pytest.mark.django_db


def test_the_graph_that_clients_ship_is_one_request(parameters):
    found = parameters(text_to_image(steps="20", seed=5, cfg=6.5))
    assert told(found, "task", "prompt", "negative_prompt", "checkpoint", "width", "height") == {
        "task": "text_to_image",
        "prompt": "a red heart",
        "negative_prompt": "blue",
        "checkpoint": "starter",
        "width": 128,
        "height": 128,
    }
    assert told(found, "steps", "seed", "guidance_scale", "sampler", "schedule", "count") == {
        "steps": 20,
        "seed": 5,
        "guidance_scale": 6.5,
        "sampler": "ddim",
        "schedule": "normal",
        "count": 1,
    }


def test_large_seeds_are_reduced_and_batches_counted(parameters):
    graph = text_to_image(seed=2**64 - 1, latent_image=["many", 0])
    graph["5"]["inputs"]["batch_size"] = 2
    graph["many"] = node("RepeatLatentBatch", samples=["5", 0], amount=3)
    found = parameters(graph)
    assert (found["seed"], found["count"]) == (2**53 - 1, 6)


def test_a_chain_of_loras_keeps_its_order(parameters, refusal):
    make_adapter("lora", "ink")
    make_adapter("lora", "gold-leaf", title="Gold leaf")
    found = parameters(with_loras(("styles/ink.safetensors", 0.5), ("Gold leaf.safetensors", 1.25)))
    assert found["loras"] == [{"name": "ink", "weight": 0.5}, {"name": "gold-leaf", "weight": 1.25}]

    uneven = with_loras(("ink", 0.5))
    uneven["lora0"]["inputs"]["strength_clip"] = 1
    assert refusal(uneven)[:2] == (["lora0"], "strength_clip")
    assert refusal(with_loras(("ink", 1), ("missing.safetensors", 1)))[:2] == (["lora1"], "lora_name")
    make_adapter("lora", "large", family="sdxl")
    assert refusal(with_loras(("large", 1)))[:2] == (["lora0"], "lora_name")


def _changed(name, **inputs):
    graph = text_to_image()
    graph[name]["inputs"] |= inputs
    return graph


@pytest.mark.parametrize(
    ("graph", "at", "of"),
    [
        ({**text_to_image(), "x": node("UltimateSDUpscale", seed=1)}, "x", None),
        (_changed("4", ckpt_name="dreamshaper_8.safetensors"), "4", "ckpt_name"),
        (_changed("3", sampler_name="res_multistep"), "3", "sampler_name"),
        (_changed("3", scheduler="sideways"), "3", "scheduler"),
        (_changed("3", steps=0), "3", "steps"),
        (_changed("3", steps="many"), "3", "steps"),
        (_changed("3", cfg=float("nan")), "3", "cfg"),
        (_changed("3", model=["9", 0]), "3", "model"),
        (_changed("3", model=["nowhere", 0]), "3", "model"),
        (_changed("3", model="starter"), "3", "model"),
        (_changed("3", latent_image=["3", 0]), "3", None),
        (_changed("3", positive=["8", 0]), "3", "positive"),
        (_changed("5", width=512), "5", "width"),
        (_changed("5", batch_size=257), "5", "batch_size"),
        ({name: one for name, one in text_to_image().items() if name != "7"}, "3", "negative"),
        (image_to_image("avatar.png"), "10", "image"),
        (avatar("no image"), "10", "image"),
    ],
)
def test_a_refusal_names_the_node_and_its_input(refusal, graph, at, of):
    nodes, name, details = refusal(graph)
    assert (nodes, name) == ([at], of)
    assert details


def test_a_graph_of_two_samplers_is_refused_at_the_second_output(refusal):
    graph = text_to_image()
    graph |= {"30": graph["3"], "80": node("VAEDecode", samples=["30", 0], vae=["4", 2])}
    graph["90"] = node("PreviewImage", images=["80", 0])
    assert refusal(graph)[:2] == (["90"], "images")
