"""What graphs become: the wish behind each node, and the node behind each refusal."""

import base64

import pytest

from tests.support.comfyui_workflows import avatar, image_to_image, node, text_to_image, with_loras
from tests.support.factories import make_checkpoint
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


def make_adapter(kind, slug, **fields):
    from generation.models import Adapter

    values = {"title": slug.title(), "location": "x", "family": "" if kind == "upscaler" else "sd", **fields}
    return Adapter.objects.create(kind=kind, slug=slug, **values)


def told(found, *names):
    return {name: found[name] for name in names}


def test_the_graph_that_clients_ship_is_one_wish(parameters):
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


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (("euler_ancestral", "normal"), ("euler_a", "normal")),
        (("dpmpp_2m", "karras"), ("dpmpp_2m", "karras")),
        (("dpmpp_sde_gpu", "exponential"), ("dpmpp_sde", "exponential")),
        (("uni_pc_bh2", "simple"), ("unipc", "normal")),
        (("euler", "sgm_uniform"), ("euler", "normal")),
    ],
)
def test_samplers_and_schedulers_go_by_their_names(parameters, theirs, ours):
    found = parameters(text_to_image(sampler_name=theirs[0], scheduler=theirs[1]))
    assert (found["sampler"], found["schedule"]) == ours


def test_every_sampler_that_is_listed_is_known(comfy):
    from generation.parameters.sampler_names import find_sampler

    inputs = comfy.get("/object_info/KSampler").json()["KSampler"]["input"]["required"]
    assert len(inputs["sampler_name"][0]) > 20
    assert all(find_sampler(name) for name in inputs["sampler_name"][0])
    assert inputs["scheduler"][0][:4] == ["normal", "karras", "exponential", "beta"]


def test_large_seeds_are_folded_and_batches_counted(parameters):
    graph = text_to_image(seed=2**64 - 1, latent_image=["many", 0])
    graph["5"]["inputs"]["batch_size"] = 2
    graph["many"] = node("RepeatLatentBatch", samples=["5", 0], amount=3)
    found = parameters(graph)
    assert (found["seed"], found["count"]) == (2**53 - 1, 6)


def test_links_to_values_are_followed(parameters):
    graph = text_to_image(seed=["number", 0])
    graph["number"] = node("PrimitiveInt", value=99)
    graph["words"] = node("PrimitiveStringMultiline", value="a green star")
    graph["6"]["inputs"]["text"] = ["words", 0]
    assert told(parameters(graph), "seed", "prompt") == {"seed": 99, "prompt": "a green star"}


def test_a_chain_of_loras_comes_in_its_order(parameters, refusal):
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


def test_drawing_from_a_picture_runs_all_the_steps(parameters, alice):
    upload = upload_of(alice, picture(size=(128, 128)))
    found = parameters(image_to_image(f"{upload.pk}.png [input]", steps=20, denoise=0.5))
    assert told(found, "task", "init_image", "strength", "steps", "width") == {
        "task": "image_to_image",
        "init_image": f"upload:{upload.pk}",
        "strength": 0.5,
        "steps": 40,
        "width": 128,
    }
    assert parameters(image_to_image(f"{upload.pk}.png", steps=20, denoise=0.05))["steps"] == 150


def test_hardly_any_change_is_refused_at_denoise(refusal, alice):
    name = f"{upload_of(alice, picture(size=(128, 128))).pk}.png"
    for strength in (0, 1e-320, 0.005):
        assert refusal(image_to_image(name, denoise=strength))[:2] == (["3"], "denoise")


def test_a_picture_inside_the_graph_is_kept_as_an_upload(parameters, alice):
    from gallery.models import Upload
    from generation.models import Workflow

    found = parameters(avatar(base64.b64encode(encoded(picture(size=(200, 100)))).decode()))
    upload = Upload.objects.get(owner=alice)
    assert found["init_image"] == f"upload:{upload.pk}"
    assert told(found, "width", "height", "resize_mode") == {"width": 128, "height": 128, "resize_mode": "crop"}
    kept = Workflow.objects.get().graph
    assert kept["10"]["inputs"]["image"] == f"{upload.pk}.png"
    assert parameters(kept)["init_image"] == f"upload:{upload.pk}", "what the history shows can be sent again"


@pytest.mark.parametrize("through", ["VAEEncodeForInpaint", "SetLatentNoiseMask"])
def test_masks_out_of_channels(parameters, alice, through):
    from gallery.imaging.open_image import open_image
    from gallery.models import Upload

    clear = picture("white", (128, 128), "RGBA")
    clear.paste((255, 0, 0, 0), (0, 0, 64, 128))
    upload = upload_of(alice, clear)
    graph = image_to_image(f"{upload.pk}.png", denoise=1, latent_image=["masked", 0])
    if through == "SetLatentNoiseMask":
        graph["masked"] = node(through, samples=["12", 0], mask=["10", 1])
    else:
        graph["masked"] = node(through, pixels=["10", 0], vae=["4", 2], mask=["10", 1], grow_mask_by=6)
    found = parameters(graph)
    assert found["task"] == "inpaint"
    assert found["mask_fill"] == ("original" if through == "SetLatentNoiseMask" else "nothing")
    mask = Upload.objects.get(pk=found["mask_image"].removeprefix("upload:"))
    from django.core.files.storage import default_storage

    with default_storage.open(mask.file) as file:
        grey = open_image(file.read()).convert("L")
    assert (grey.getpixel((10, 10)), grey.getpixel((100, 10))) == (255, 0), "what lets through is drawn anew"

    graph["mask"] = node("LoadImageMask", image=f"{upload.pk}.png", channel="red")
    graph["masked"]["inputs"]["mask"] = ["mask", 0]
    assert parameters(graph)["mask_image"] != found["mask_image"]


def test_enlarging_what_is_drawn_and_what_was_brought(parameters, alice):
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
    graph["picture"] = node("LoadImage", image=f"{upload_of(alice).pk}.png")
    graph["large"]["inputs"]["image"] = ["picture", 0]
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


def _changed(name, **inputs):
    graph = text_to_image()
    graph[name]["inputs"] |= inputs
    return graph


@pytest.mark.parametrize(
    ("graph", "at", "of"),
    [
        ({**text_to_image(), "x": node("KSamplerAdvanced", noise_seed=1)}, "x", None),
        (_changed("4", ckpt_name="dreamshaper_8.safetensors"), "4", "ckpt_name"),
        (_changed("3", sampler_name="res_multistep"), "3", "sampler_name"),
        (_changed("3", scheduler="kl_optimal"), "3", "scheduler"),
        (_changed("3", steps=0), "3", "steps"),
        (_changed("3", steps="many"), "3", "steps"),
        (_changed("3", cfg=float("nan")), "3", "cfg"),
        (_changed("3", model=["9", 0]), "3", "model"),
        (_changed("3", model=["nowhere", 0]), "3", "model"),
        (_changed("3", model="starter"), "3", "model"),
        (_changed("3", latent_image=["3", 0]), "3", None),
        (_changed("3", positive=["8", 0]), "3", "positive"),
        (_changed("5", width=512), "5", "width"),
        (_changed("5", batch_size=17), "5", "batch_size"),
        (_changed("6", text="  "), "6", "text"),
        ({name: one for name, one in text_to_image().items() if name != "7"}, "3", "negative"),
        (image_to_image("avatar.png"), "10", "image"),
        (avatar("no picture"), "10", "image"),
    ],
)
def test_a_refusal_names_the_node_and_its_input(refusal, graph, at, of):
    nodes, name, details = refusal(graph)
    assert (nodes, name) == ([at], of)
    assert details


def test_a_graph_of_two_samplers_is_refused_at_what_shows_the_second(refusal):
    graph = text_to_image()
    graph |= {"30": graph["3"], "80": node("VAEDecode", samples=["30", 0], vae=["4", 2])}
    graph["90"] = node("PreviewImage", images=["80", 0])
    assert refusal(graph)[:2] == (["90"], "images")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"prompt": {}},
        {"prompt": "text"},
        {"prompt": {"4": node("CheckpointLoaderSimple", ckpt_name="starter")}},
        {"prompt": {str(number): node("PreviewImage") for number in range(201)}},
    ],
)
def test_what_is_no_graph_is_refused_as_a_whole(comfy, body):
    response = comfy.post("/prompt", body)
    assert response.status_code == 400
    assert response.json()["error"]["message"]
    assert response.json()["node_errors"] == {}


@pytest.mark.parametrize("broken", [[], 5, {"class_type": "KSampler"}, {"class_type": 5, "inputs": {}}])
def test_nodes_of_another_shape_are_refused(comfy, broken):
    response = comfy.prompt({**text_to_image(), "x": broken})
    assert response.status_code == 400
    assert list(response.json()["node_errors"]) == ["x"]
