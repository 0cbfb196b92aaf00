"""A ComfyUI graph is read, and the nodes that it cannot read are listed."""

import json

import pytest

from tests.support.clients.settings_files import ask, image_file

pytestmark = pytest.mark.django_db


GRAPH = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8,
            "sampler_name": "dpmpp_2m_sde_gpu",
            "scheduler": "karras",
            "denoise": 1,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "folder\\starter.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 640, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "beautiful scenery, קלב", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    "10": {"class_type": "FreeU", "inputs": {"b1": 1.1, "model": ["4", 0]}},
}


def test_a_comfyui_graph_is_read_and_its_other_nodes_are_listed(owner_client, checkpoint):
    found = ask(owner_client, image_file(prompt=json.dumps(GRAPH), workflow="{}")).json()
    assert found["source"] == "ComfyUI"
    assert found["parameters"] == {
        "prompt": "beautiful scenery, קלב",
        "negative_prompt": "text, watermark",
        "checkpoint": "starter",
        "sampler": "dpmpp_2m_sde",
        "schedule": "karras",
        "steps": 20,
        "guidance_scale": 8.0,
        "seed": 156680208700286,
        "width": 512,
        "height": 640,
    }
    assert list(found["unknown"]) == ["FreeU (10)"]
