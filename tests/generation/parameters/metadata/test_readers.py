"""Metadata of NovelAI and InvokeAI is read."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging import metadata

pytestmark = pytest.mark.django_db


TEXT = (
    "a castle, <lora:ink:0.7>\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, "
    "Size: 512x768, Model hash: abcdef0123, Model: someThing_v5, ENSD: 31337"
)


def picture(image_format="png", text=TEXT, **texts):
    if texts:
        info = PngInfo()
        for name, value in texts.items():
            info.add_text(name, value, zip=True)
        buffer = io.BytesIO()
        Pillow.new("RGB", (8, 8)).save(buffer, "PNG", pnginfo=info)
        return buffer.getvalue()
    return metadata.encode(Pillow.new("RGB", (8, 8)), image_format=image_format, quality=80, infotext=text)


def ask(client, data, name="picture.png"):
    return client.post("/api/v1/settings-of", {"file": SimpleUploadedFile(name, data)})


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
    found = ask(owner_client, picture(Comment=json.dumps(NOVELAI), Software="NovelAI")).json()
    assert found["source"] == "NovelAI"
    assert found["parameters"]["guidance_scale"] == 5.5
    assert (found["parameters"]["sampler"], found["parameters"]["negative_prompt"]) == ("euler_a", "bad")
    assert set(found["unknown"]) >= {"sm", "request_type"}
    found = ask(owner_client, picture(invokeai_metadata=json.dumps(INVOKE))).json()
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
