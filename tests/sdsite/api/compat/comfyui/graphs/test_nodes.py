"""Nodes for CLIP skip, VAE, embeddings, upscaling and Flux's guidance."""

import pytest

from tests.sdsite.api.compat.comfyui.conftest import make_adapter, told
from tests.support.clients.comfyui_workflows import node, text_to_image
from tests.support.factories import make_checkpoint
from tests.support.images import upload_of

pytestmark = pytest.mark.django_db


def test_clip_skip_vae_and_embeddings(parameters, refusal):
    make_adapter("vae", "clear")
    make_adapter("embedding", "easy", token="easyneg")
    graph = text_to_image()
    graph["skip"] = node("CLIPSetLastLayer", clip=["4", 1], stop_at_clip_layer=-2)
    graph["vae"] = node("VAELoader", vae_name="clear.pt")
    graph["8"]["inputs"]["vae"] = ["vae", 0]
    graph["6"]["inputs"]["clip"] = ["skip", 0]
    graph["7"]["inputs"] |= {"clip": ["skip", 0], "text": "(embedding:easy:1.2), embedding:other.pt"}
    found = parameters(graph)
    assert told(found, "clip_skip", "vae") == {"clip_skip": 2, "vae": "clear"}
    assert found["negative_prompt"] == "(easyneg:1.2), other.pt"

    graph["6"]["inputs"]["clip"] = ["4", 1]
    assert refusal(graph)[:2] == (["7"], "clip")


def test_upscaling_of_generated_images_and_of_uploads(parameters, alice):
    make_adapter("upscaler", "esrgan-x2")
    graph = text_to_image()
    graph["net"] = node("UpscaleModelLoader", model_name="esrgan-x2.safetensors")
    graph["large"] = node("ImageUpscaleWithModel", upscale_model=["net", 0], image=["8", 0])
    graph["9"]["inputs"]["images"] = ["large", 0]
    found = parameters(graph)
    assert told(found, "task", "upscaler", "upscale_by") == {
        "task": "text_to_image",
        "upscaler": "esrgan-x2",
        "upscale_by": 2,
    }
    graph["source"] = node("LoadImage", image=f"{upload_of(alice).pk}.png")
    graph["large"]["inputs"]["image"] = ["source", 0]
    assert parameters(graph)["task"] == "upscale"


def test_flux_has_two_kinds_of_guidance(parameters, refusal):
    make_checkpoint("flux-dev", family="flux", is_default=False, sampler="euler", sizes=[])
    graph = text_to_image(sampler_name="euler", scheduler="simple", cfg=1, positive=["guided", 0])
    graph["guided"] = node("FluxGuidance", conditioning=["6", 0], guidance=2.5)
    graph["7"] = node("ConditioningZeroOut", conditioning=["6", 0])
    assert refusal(graph)[0] == ["guided"]
    graph["4"]["inputs"]["ckpt_name"] = "flux-dev.safetensors"
    graph["5"] = node("EmptySD3LatentImage", width=512, height=512, batch_size=1)
    found = parameters(graph)
    assert told(found, "guidance_scale", "true_cfg_scale", "negative_prompt", "width") == {
        "guidance_scale": 2.5,
        "true_cfg_scale": 1,
        "negative_prompt": "",
        "width": 512,
    }
