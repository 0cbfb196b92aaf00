"""Graphs of two samplers in a row, as ComfyUI's templates have them."""

from tests.support.clients.comfyui_workflows import node, text_to_image


def hires(**second):
    """Return the template of hires fix by latents: a second KSampler over the enlarged latents of the first."""
    graph = text_to_image(steps=12)
    sampled = {**graph["3"]["inputs"], "seed": 8, "steps": 14, "denoise": 0.5, "latent_image": ["10", 0]}
    graph["10"] = node(
        "LatentUpscale", samples=["3", 0], upscale_method="nearest-exact", width=256, height=256, crop="disabled"
    )
    graph["11"] = node("KSampler", **{**sampled, **second})
    graph["8"]["inputs"]["samples"] = ["11", 0]
    return graph


def by_pixels(*enlarging, **second):
    """Return hires fix by images: decoded, enlarged by the nodes `enlarging` (class, inputs) one by one, encoded."""
    graph = hires(latent_image=["14", 0], **second)
    del graph["10"]
    graph["12"] = node("VAEDecode", samples=["3", 0], vae=["4", 2])
    last = "12"
    for number, (kind, inputs) in enumerate(enlarging):
        graph[f"e{number}"] = node(kind, image=[last, 0], **inputs)
        last = f"e{number}"
    graph["14"] = node("VAEEncodeTiled", pixels=[last, 0], vae=["4", 2], tile_size=512)
    return graph


def advanced(**changed):
    """Return the text graph with a KSamplerAdvanced that does what its KSampler did."""
    graph = text_to_image(steps=20)
    inputs = {name: value for name, value in graph["3"]["inputs"].items() if name not in ("seed", "denoise")}
    graph["3"] = node(
        "KSamplerAdvanced",
        **inputs,
        noise_seed=7,
        add_noise="enable",
        start_at_step=0,
        end_at_step=10000,
        return_with_leftover_noise="disable",
    )
    graph["3"]["inputs"] |= changed
    return graph


def continued(stop=16, **second):
    """Return a pass in two nodes: the second goes on at `stop` of 20 steps."""
    graph = advanced(end_at_step=stop, return_with_leftover_noise="enable")
    going_on = {"add_noise": "disable", "start_at_step": stop, "end_at_step": 10000, "latent_image": ["3", 0]}
    graph["11"] = node(
        "KSamplerAdvanced", **graph["3"]["inputs"] | going_on | {"return_with_leftover_noise": "disable"}
    )
    graph["11"]["inputs"] |= second
    graph["8"]["inputs"]["samples"] = ["11", 0]
    return graph


def with_refiner(checkpoint, text="a red heart"):
    """Return SDXL's template: a base and a refiner, each with its own loader and text encoders."""
    graph = continued(model=["20", 0], positive=["21", 0], negative=["22", 0])
    graph["20"] = node("CheckpointLoaderSimple", ckpt_name=checkpoint)
    graph["21"] = node("CLIPTextEncode", text=text, clip=["20", 1])
    graph["22"] = node("CLIPTextEncode", text="blue", clip=["20", 1])
    graph["8"]["inputs"]["vae"] = ["20", 2]
    return graph
