"""Metadata of NovelAI and InvokeAI is read."""

import json

import pytest

from tests.support.clients.settings_files import ask, image_file

pytestmark = pytest.mark.django_db


NOVELAI = {"prompt": "a fox", "uc": "bad", "steps": 28, "scale": 5.5, "seed": 9, "sampler": "k_euler_ancestral"}


NOVELAI |= {
    "noise_schedule": "karras",
    "width": 832,
    "height": 1216,
    "sm": True,
    "request_type": "PromptGenerateRequest",
}


INVOKE = {"positive_prompt": "a fox", "negative_prompt": "", "scheduler": "dpmpp_2m_k", "steps": 30, "cfg_scale": 7.5}


INVOKE |= {
    "seed": 5,
    "width": 512,
    "height": 512,
    "clip_skip": 1,
    "model": {"name": "starter", "hash": "blake3:" + "a" * 64},
}


INVOKE |= {"app_version": "4.2.0", "regions": [{"x": 1}]}


def test_novelai_and_invokeai_are_read(owner_client, checkpoint):
    found = ask(owner_client, image_file(Comment=json.dumps(NOVELAI), Software="NovelAI")).json()
    assert found["source"] == "NovelAI"
    assert found["parameters"]["guidance_scale"] == 5.5
    assert (found["parameters"]["sampler"], found["parameters"]["negative_prompt"]) == ("euler_a", "bad")
    assert set(found["unknown"]) >= {"sm", "request_type"}
    found = ask(owner_client, image_file(invokeai_metadata=json.dumps(INVOKE))).json()
    assert found["source"] == "InvokeAI"
    assert found["parameters"] == {
        "prompt": "a fox",
        "sampler": "dpmpp_2m",
        "schedule": "karras",
        "steps": 30,
        "guidance_scale": 7.5,
        "seed": 5,
        "width": 512,
        "height": 512,
        "clip_skip": 2,
        "checkpoint": "starter",
    }
    assert list(found["unknown"]) == ["regions"]
    assert found["facts"] == {"app_version": "4.2.0"}
