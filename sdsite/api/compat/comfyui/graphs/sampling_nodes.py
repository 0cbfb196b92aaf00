"""Table of the supported nodes that make, sample, enlarge, encode and decode latents."""

from typing import Any

from generation.parameters.ranges import LARGEST_FINISHED_SIDE
from sdsite.api.compat.comfyui.graphs.nodes import Input, Node, combo, link, ranged

LARGEST_SEED = 2**64 - 1
LATENT_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "bislerp")
_LAST_STEP = 10_000
_SWITCH = ("enable", "disable")
_SEED = Input("INT", {"default": 0, "min": 0, "max": LARGEST_SEED, "control_after_generate": True})
_CFG = ranged("FLOAT", "guidance_scale", 8.0, step=0.1, round=0.01)
_ENLARGED = Input("INT", {"default": 512, "min": 0, "max": LARGEST_FINISHED_SIDE, "step": 8})
# The site tiles where memory is short, whatever these say.
_TILES: dict[str, Any] = {
    name: Input("INT", {"default": default, "min": 0, "max": 4096, "step": 8}, required=False)
    for name, default in {"tile_size": 512, "overlap": 64, "temporal_size": 64, "temporal_overlap": 8}.items()
}


def _empty_latent(name: str, title: str, side: int) -> Node:
    inputs = {
        "width": ranged("INT", "width", side),
        "height": ranged("INT", "height", side),
        "batch_size": ranged("INT", "count", 1),
    }
    return Node(name, title, "latent", inputs, ("LATENT",))


SAMPLING_NODES = (
    _empty_latent("EmptyLatentImage", "Empty Latent Image", 512),
    _empty_latent("EmptySD3LatentImage", "EmptySD3LatentImage", 1024),
    Node(
        "RepeatLatentBatch",
        "Repeat Latent Batch",
        "latent/batch",
        {"samples": link("LATENT"), "amount": ranged("INT", "count", 1)},
        ("LATENT",),
    ),
    Node(
        "KSampler",
        "KSampler",
        "sampling",
        {
            "model": link("MODEL"),
            "seed": _SEED,
            "steps": ranged("INT", "steps", 20),
            "cfg": _CFG,
            "sampler_name": combo("samplers"),
            "scheduler": combo("schedulers"),
            "positive": link("CONDITIONING"),
            "negative": link("CONDITIONING"),
            "latent_image": link("LATENT"),
            "denoise": Input("FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01}),
        },
        ("LATENT",),
    ),
    Node("VAEDecode", "VAE Decode", "latent", {"samples": link("LATENT"), "vae": link("VAE")}, ("IMAGE",)),
    Node("VAEEncode", "VAE Encode", "latent", {"pixels": link("IMAGE"), "vae": link("VAE")}, ("LATENT",)),
    Node(
        "VAEEncodeForInpaint",
        "VAE Encode (for Inpainting)",
        "latent/inpaint",
        {
            "pixels": link("IMAGE"),
            "vae": link("VAE"),
            "mask": link("MASK"),
            "grow_mask_by": Input("INT", {"default": 6, "min": 0, "max": 64, "step": 1}),
        },
        ("LATENT",),
    ),
    Node(
        "SetLatentNoiseMask",
        "Set Latent Noise Mask",
        "latent/inpaint",
        {"samples": link("LATENT"), "mask": link("MASK")},
        ("LATENT",),
    ),
    Node(
        "KSamplerAdvanced",
        "KSampler (Advanced)",
        "sampling",
        {
            "model": link("MODEL"),
            "add_noise": combo(_SWITCH),
            "noise_seed": _SEED,
            "steps": ranged("INT", "steps", 20),
            "cfg": _CFG,
            "sampler_name": combo("samplers"),
            "scheduler": combo("schedulers"),
            "positive": link("CONDITIONING"),
            "negative": link("CONDITIONING"),
            "latent_image": link("LATENT"),
            "start_at_step": Input("INT", {"default": 0, "min": 0, "max": _LAST_STEP}),
            "end_at_step": Input("INT", {"default": _LAST_STEP, "min": 0, "max": _LAST_STEP}),
            "return_with_leftover_noise": combo(("disable", "enable")),
        },
        ("LATENT",),
    ),
    Node(
        "LatentUpscale",
        "Upscale Latent",
        "latent",
        {
            "samples": link("LATENT"),
            "upscale_method": combo(LATENT_METHODS),
            "width": _ENLARGED,
            "height": _ENLARGED,
            "crop": combo(("disabled", "center")),
        },
        ("LATENT",),
    ),
    Node(
        "LatentUpscaleBy",
        "Upscale Latent By",
        "latent",
        {
            "samples": link("LATENT"),
            "upscale_method": combo(LATENT_METHODS),
            "scale_by": Input("FLOAT", {"default": 1.5, "min": 0.01, "max": 8.0, "step": 0.01}),
        },
        ("LATENT",),
    ),
    Node(
        "VAEDecodeTiled",
        "VAE Decode (Tiled)",
        "_for_testing",
        {"samples": link("LATENT"), "vae": link("VAE"), **_TILES},
        ("IMAGE",),
    ),
    Node(
        "VAEEncodeTiled",
        "VAE Encode (Tiled)",
        "_for_testing",
        {"pixels": link("IMAGE"), "vae": link("VAE"), **_TILES},
        ("LATENT",),
    ),
)
