"""Graphs as ComfyUI's clients send them."""


def node(kind, **inputs):
    """Return one node."""
    return {"class_type": kind, "inputs": inputs}


def text_to_image(**sampler):
    """Return the graph that Open WebUI ships and ComfyUI starts with, for a checkpoint of 128 pixels."""
    drawn = {
        "seed": 7,
        "steps": 2,
        "cfg": 4,
        "sampler_name": "ddim",
        "scheduler": "normal",
        "denoise": 1,
        "model": ["4", 0],
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
    }
    return {
        "3": {**node("KSampler", **{**drawn, **sampler}), "_meta": {"title": "KSampler"}},
        "4": node("CheckpointLoaderSimple", ckpt_name="starter.safetensors"),
        "5": node("EmptyLatentImage", width=128, height=128, batch_size=1),
        "6": node("CLIPTextEncode", text="a red heart", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blue", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
    }


def image_to_image(name, **sampler):
    """Return the graph that ComfyUI ships for drawing from a picture."""
    graph = text_to_image(**{"denoise": 0.5, "latent_image": ["12", 0], **sampler})
    del graph["5"]
    graph["10"] = node("LoadImage", image=name, upload="image")
    graph["12"] = node("VAEEncode", pixels=["10", 0], vae=["4", 2])
    return graph


def avatar(base64):
    """Return the graph that SillyTavern ships for drawing over somebody's avatar."""
    graph = image_to_image("", denoise=0.6)
    graph["10"] = node("ETN_LoadImageBase64", image=base64)
    scaled = {"upscale_method": "bicubic", "width": 128, "height": 128, "crop": "center", "image": ["10", 0]}
    graph["13"] = node("ImageScale", **scaled)
    graph["12"] = node("VAEEncode", pixels=["13", 0], vae=["4", 2])
    graph["9"]["inputs"]["filename_prefix"] = "SillyTavern"
    return graph


def with_loras(*loras):
    """Return the text graph with a chain of (name, weight) as ComfyUI's LoRA template has it."""
    graph, last = text_to_image(), "4"
    for number, (name, weight) in enumerate(loras):
        links = {"model": [last, 0], "clip": [last, 1]}
        last = f"lora{number}"
        graph[last] = node("LoraLoader", lora_name=name, strength_model=weight, strength_clip=weight, **links)
    graph["3"]["inputs"]["model"] = [last, 0]
    for encoder in ("6", "7"):
        graph[encoder]["inputs"]["clip"] = [last, 1]
    return graph
