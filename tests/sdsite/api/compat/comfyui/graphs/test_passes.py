"""Two samplers in a row: hires fix by latents and by images, one pass in two nodes, and a refiner."""

import pytest

from generation.models import Job
from tests.sdsite.api.compat.comfyui.conftest import make_adapter, told
from tests.support.clients.comfyui_two_passes import advanced, by_pixels, continued, hires, with_refiner
from tests.support.clients.comfyui_workflows import image_to_image, node
from tests.support.factories import make_checkpoint
from tests.support.images import picture, upload_of

pytestmark = pytest.mark.django_db


def changed(graph, name, **inputs):
    graph[name]["inputs"] |= inputs
    return graph


def test_a_second_sampler_over_enlarged_latents_is_hires_fix(parameters):
    found = parameters(hires())
    assert told(found, "seed", "steps", "width", "height") == {"seed": 7, "steps": 12, "width": 128, "height": 128}
    assert found["hires"] == {"scale": 2, "steps": 14, "strength": 0.5, "upscaler": "latent_nearest"}
    assert Job.objects.get().notes == []

    graph = hires()
    graph["10"] = node("LatentUpscaleBy", samples=["3", 0], upscale_method="bilinear", scale_by=1.5)
    assert parameters(graph)["hires"] == {"scale": 1.5, "steps": 14, "strength": 0.5, "upscaler": "latent"}
    assert parameters(changed(hires(), "10", width=256, height=0))["hires"]["scale"] == 2
    assert parameters(hires(latent_image=["3", 0]))["hires"]["scale"] == 1, "a second pass at the same size"


def test_what_the_second_pass_takes_from_the_first_is_noted(parameters):
    graph = changed(hires(sampler_name="euler", scheduler="simple"), "10", upscale_method="bislerp")
    found = parameters(graph)
    assert told(found, "sampler") == {"sampler": "ddim"}
    notes = " ".join(Job.objects.get().notes)
    assert "ddim instead of euler" in notes
    assert "normal instead of simple" in notes
    assert "latent, which is nearest to bislerp" in notes


def test_a_second_sampler_over_enlarged_images_is_hires_fix(parameters):
    make_adapter("upscaler", "esrgan-x4")
    network = ("ImageUpscaleWithModel", {"upscale_model": ["net", 0]})
    halved = ("ImageScaleBy", {"upscale_method": "lanczos", "scale_by": 0.5})
    sized = ("ImageScale", {"upscale_method": "area", "width": 256, "height": 256, "crop": "disabled"})

    def of(*enlarging):
        graph = by_pixels(*enlarging)
        graph["net"] = node("UpscaleModelLoader", model_name="esrgan-x4.pth")
        return told(parameters(graph)["hires"], "scale", "upscaler")

    assert of(network) == {"scale": 4, "upscaler": "esrgan-x4"}
    assert of(network, halved) == {"scale": 2, "upscaler": "esrgan-x4"}
    assert of(network, sized) == {"scale": 2, "upscaler": "esrgan-x4"}
    assert of(sized) == {"scale": 2, "upscaler": "lanczos"}


def test_hires_fix_after_an_image(parameters, refusal, alice):
    name = f"{upload_of(alice, picture(size=(128, 128))).pk}.png"
    graph = {**image_to_image(name), "20": hires()["11"], "21": hires()["10"]}
    graph["20"]["inputs"]["latent_image"] = ["21", 0]
    graph["8"]["inputs"]["samples"] = ["20", 0]
    assert refusal(graph)[:2] == (["21"], "width"), "the size of the image decides, which the graph does not say"
    graph["21"] = node("LatentUpscaleBy", samples=["3", 0], upscale_method="bicubic", scale_by=2)
    found = parameters(graph)
    assert (found["task"], found["strength"], found["hires"]["scale"]) == ("image_to_image", 0.5, 2)


def test_one_advanced_sampler_is_one_pass(parameters, refusal, alice):
    found = parameters(advanced(noise_seed=2**60 + 3))
    assert told(found, "seed", "steps", "task") == {"seed": 2**60 % 2**53 + 3, "steps": 20, "task": "text_to_image"}
    graph = advanced(start_at_step=8, latent_image=["12", 0])
    graph |= {name: one for name, one in image_to_image("").items() if name in ("10", "12")}
    changed(graph, "10", image=f"{upload_of(alice, picture(size=(128, 128))).pk}.png")
    found = parameters(graph)
    assert told(found, "steps", "strength", "task") == {"steps": 20, "strength": 0.6, "task": "image_to_image"}


def test_one_pass_in_two_nodes_is_one_pass(parameters):
    found = parameters(continued())
    assert told(found, "steps", "hires", "refiner") == {"steps": 20, "hires": None, "refiner": None}


def test_a_second_checkpoint_for_the_last_steps_is_a_refiner(parameters, refusal):
    make_checkpoint("base-xl", family="sdxl", is_default=False)
    make_adapter("refiner", "refine-xl", family="sdxl")
    graph = changed(with_refiner("refine-xl.safetensors"), "4", ckpt_name="base-xl.safetensors")
    found = parameters(graph)
    assert (found["checkpoint"], found["refiner"]) == ("base-xl", {"checkpoint": "refine-xl", "start": 0.8})
    assert refusal(changed(with_refiner("refine-xl", text="a dog"), "4", ckpt_name="base-xl"))[:2] == (
        ["11"],
        "positive",
    )
    assert refusal(with_refiner("nowhere"))[:2] == (["20"], "ckpt_name")


def third_sampler():
    graph = hires()
    graph["13"] = node("KSampler", **{**graph["11"]["inputs"], "latent_image": ["11", 0]})
    return changed(graph, "8", samples=["13", 0])


def other_prompt():
    graph = hires(positive=["6b", 0])
    graph["6b"] = node("CLIPTextEncode", text="another", clip=["4", 1])
    return graph


@pytest.mark.parametrize(
    ("graph", "at", "of"),
    [
        (third_sampler(), "11", "latent_image"),
        (other_prompt(), "11", "positive"),
        (hires(cfg=7), "11", "cfg"),
        (hires(denoise=0), "11", "denoise"),
        (hires(sampler_name="x" * 1000), "11", "sampler_name"),
        (hires(scheduler="unheard of"), "11", "scheduler"),
        (changed(hires(), "10", height=512), "10", "height"),
        (changed(hires(), "10", width=1024, height=1024), "10", "width"),
        (changed(hires(), "10", width=64, height=64), "10", "width"),
        (advanced(add_noise="disable"), "3", "add_noise"),
        (advanced(end_at_step=10), "3", "end_at_step"),
        (advanced(start_at_step=3), "3", "start_at_step"),
        (advanced(start_at_step=30), "3", "start_at_step"),
        (advanced(return_with_leftover_noise="enable"), "3", "end_at_step"),
        (continued(start_at_step=10), "11", "start_at_step"),
        (continued(add_noise="enable"), "11", "add_noise"),
        (continued(end_at_step=18), "11", "end_at_step"),
        (continued(steps=30), "11", "steps"),
        (continued(sampler_name="euler"), "11", "sampler_name"),
    ],
)
def test_what_is_no_single_job_is_refused_at_its_node(refusal, graph, at, of):
    nodes, name, details = refusal(graph)
    assert (nodes, name) == ([at], of), details
