"""Settings read out of pictures, through the door that programs and the studio use."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from gallery.imaging import metadata
from generation.models import Adapter
from tests.support.clients.api_client import error_of
from tests.support.factories import make_checkpoint, make_image

pytestmark = pytest.mark.django_db

TEXT = (
    "a castle, <lora:ink:0.7>\nNegative prompt: blurry\nSteps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 42, "
    "Size: 512x768, Model hash: abcdef0123, Model: someThing_v5, ENSD: 31337"
)
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


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_a1111_text_is_read_out_of_every_format(owner_client, image_format):
    checkpoint = make_checkpoint("castle", sha256="abcdef0123" + "0" * 54)
    Adapter.objects.create(kind="lora", slug="ink", title="Ink", location="ink.safetensors", family="sd")
    for answer in (
        ask(owner_client, picture(image_format)),
        owner_client.generic("POST", "/api/v1/settings-of", picture(image_format), content_type="image/png"),
        owner_client.api("POST", "/settings-of", {"text": TEXT}),
    ):
        assert answer.status_code == 200, answer.content
        found = answer.json()
        assert found["source"] == "A1111"
        assert found["parameters"] == {
            "prompt": "a castle",
            "negative_prompt": "blurry",
            "checkpoint": checkpoint.slug,
            "sampler": "dpmpp_2m",
            "schedule": "karras",
            "steps": 30,
            "guidance_scale": 7.0,
            "seed": 42,
            "width": 512,
            "height": 768,
            "loras": [{"name": "ink", "weight": 0.7}],
        }
        assert found["unknown"] == {"ENSD": "31337"}


def test_weights_that_the_site_lacks_are_listed(owner_client, checkpoint):
    found = owner_client.api("POST", "/settings-of", {"text": TEXT}).json()
    assert "checkpoint" not in found["parameters"]
    assert "loras" not in found["parameters"]
    assert found["unknown"] == {"ENSD": "31337", "Model": "someThing_v5 [abcdef0123]", "lora:ink": "ink"}
    assert any("someThing_v5" in note for note in found["notes"])


def test_a_name_finds_a_checkpoint_by_slug_or_title(owner_client):
    make_checkpoint("dream-9", title="Dream Shaper (9)")
    for name in ("Dream-9", "dream shaper (9)", "dream 9"):
        text = f"a\nSteps: 1, Seed: 2, Size: 64x64, Model: {name}"
        assert owner_client.api("POST", "/settings-of", {"text": text}).json()["parameters"]["checkpoint"] == "dream-9"


def test_a_comfyui_graph_is_read_and_its_other_nodes_are_listed(owner_client, checkpoint):
    found = ask(owner_client, picture(prompt=json.dumps(GRAPH), workflow="{}")).json()
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


def test_an_image_of_this_site_is_read_whole_from_row_and_file(owner_client, alice, checkpoint):
    image = make_image(alice, prompt="a cat, שלום", steps=7, clip_skip=2)
    by_id = owner_client.api("POST", "/settings-of", {"image_id": str(image.pk)}).json()
    file = owner_client.get(f"/api/v1/images/{image.pk}/file").content
    for found in (by_id, ask(owner_client, file).json()):
        assert found["source"] == "sdsite"
        assert found["parameters"]["prompt"] == "a cat, שלום"
        assert (found["parameters"]["steps"], found["parameters"]["clip_skip"]) == (7, 2)
        assert (found["parameters"]["seed"], found["parameters"]["checkpoint"]) == (image.seed, "starter")
        assert found["unknown"] == {}


def test_somebody_elses_image_is_not_there(charlie_client, alice):
    image = make_image(alice)
    error_of(charlie_client.api("POST", "/settings-of", {"image_id": str(image.pk)}), 404, "not_found")


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


def test_what_holds_no_settings_is_refused_with_a_sentence(owner_client):
    for data, sentence in (
        (b"hello", "no PNG, JPEG or WebP"),
        (picture()[:90], "ends too early"),
        (picture(Title="x"), "no settings in the file"),
        (picture(prompt="{}"), "no ComfyUI graph"),
        (picture(workflow='{"nodes": []}'), "without the graph"),
    ):
        answer = ask(owner_client, data)
        assert sentence in error_of(answer, 422, "unreadable_settings")["file"]
    assert error_of(owner_client.api("POST", "/settings-of", {"text": " "}), 422, "unreadable_settings")
    long = owner_client.api("POST", "/settings-of", {"text": "x" * 200_001})
    assert "200000" in error_of(long, 422, "unreadable_settings")["text"]


def test_a_request_that_asks_nothing_is_told_how(owner_client):
    for body in ({}, {"text": "a", "image_id": "b"}, [], {"text": "a", "url": "b"}, {"text": 3}):
        assert "image_id" in error_of(owner_client.api("POST", "/settings-of", body), 422, "invalid_parameters")
    error_of(owner_client.api("POST", "/settings-of", {"image_id": "x"}), 422, "invalid_parameters")
    error_of(owner_client.api("POST", "/settings-of", "nonsense"), 400, "invalid_json")
    assert "file" in error_of(owner_client.post("/api/v1/settings-of", {"other": "x"}), 422, "invalid_parameters")
