"""Table of the supported nodes, by class."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from generation.parameters.ranges import RANGES
from sdsite.api.compat.comfyui.graphs.nodes import BY_SOCKET, METHODS, PIXELS, Input, Node, combo, link, ranged
from sdsite.api.compat.comfyui.graphs.sampling_nodes import SAMPLING_NODES

_WEIGHT = {"min": RANGES["loras.weight"].least, "max": RANGES["loras.weight"].most, "step": 0.01, "default": 1.0}
_STRENGTH = Input("FLOAT", _WEIGHT)
_TEXT = Input("STRING", {"multiline": True, "dynamicPrompts": True, "default": ""})
_IMAGE = combo("uploads", image_upload=True)
_PREFIX = Input("STRING", {"default": "ComfyUI"}, required=False)
_CONTROL = {
    "control_net": link("CONTROL_NET"),
    "image": link("IMAGE"),
    "strength": ranged("FLOAT", "controls.weight", 1.0),
}


def _primitive(name: str, title: str, kind: str, default: Any) -> Node:
    return Node(name, title, "utils/primitive", {"value": Input(kind, {"default": default})}, (kind,))


_ALL = (
    *SAMPLING_NODES,
    Node(
        "CheckpointLoaderSimple",
        "Load Checkpoint",
        "loaders",
        {"ckpt_name": combo("checkpoints")},
        ("MODEL", "CLIP", "VAE"),
    ),
    # The site has only complete checkpoints; clients ask for this node's list beside theirs.
    Node(
        "UNETLoader",
        "Load Diffusion Model",
        "advanced/loaders",
        {"unet_name": combo("unets"), "weight_dtype": combo(("default",))},
        ("MODEL",),
    ),
    Node("VAELoader", "Load VAE", "loaders", {"vae_name": combo("vaes")}, ("VAE",)),
    Node(
        "LoraLoader",
        "Load LoRA",
        "loaders",
        {
            "model": link("MODEL"),
            "clip": link("CLIP"),
            "lora_name": combo("loras"),
            "strength_model": _STRENGTH,
            "strength_clip": _STRENGTH,
        },
        ("MODEL", "CLIP"),
    ),
    Node(
        "LoraLoaderModelOnly",
        "Load LoRA (Model)",
        "loaders",
        {"model": link("MODEL"), "lora_name": combo("loras"), "strength_model": _STRENGTH},
        ("MODEL",),
    ),
    Node(
        "CLIPSetLastLayer",
        "CLIP Set Last Layer",
        "conditioning",
        {
            "clip": link("CLIP"),
            "stop_at_clip_layer": Input("INT", {"default": -1, "min": -RANGES["clip_skip"].most, "max": -1, "step": 1}),
        },
        ("CLIP",),
    ),
    Node(
        "CLIPTextEncode",
        "CLIP Text Encode (Prompt)",
        "conditioning",
        {"text": _TEXT, "clip": link("CLIP")},
        ("CONDITIONING",),
    ),
    Node(
        "ConditioningZeroOut",
        "ConditioningZeroOut",
        "advanced/conditioning",
        {"conditioning": link("CONDITIONING")},
        ("CONDITIONING",),
    ),
    Node(
        "FluxGuidance",
        "FluxGuidance",
        "advanced/conditioning/flux",
        {"conditioning": link("CONDITIONING"), "guidance": ranged("FLOAT", "guidance_scale", 3.5)},
        ("CONDITIONING",),
    ),
    Node("LoadImage", "Load Image", "image", {"image": _IMAGE}, ("IMAGE", "MASK")),
    Node(
        "LoadImageMask",
        "Load Image (as Mask)",
        "mask",
        {"image": _IMAGE, "channel": combo(("alpha", "red", "green", "blue"))},
        ("MASK",),
    ),
    Node(
        "ETN_LoadImageBase64",
        "Load Image (Base64)",
        "external_tooling",
        {"image": Input("STRING", {"multiline": False})},
        ("IMAGE", "MASK"),
    ),
    Node(
        "ImageScale",
        "Upscale Image",
        "image/upscaling",
        {
            "image": link("IMAGE"),
            "upscale_method": combo(METHODS),
            "width": PIXELS,
            "height": PIXELS,
            "crop": combo(("disabled", "center")),
        },
        ("IMAGE",),
    ),
    Node("UpscaleModelLoader", "Load Upscale Model", "loaders", {"model_name": combo("upscalers")}, ("UPSCALE_MODEL",)),
    Node(
        "ImageUpscaleWithModel",
        "Upscale Image (using Model)",
        "image/upscaling",
        {"upscale_model": link("UPSCALE_MODEL"), "image": link("IMAGE")},
        ("IMAGE",),
    ),
    Node(
        "ImageScaleBy",
        "Upscale Image By",
        "image/upscaling",
        {
            "image": link("IMAGE"),
            "upscale_method": combo(METHODS),
            "scale_by": Input("FLOAT", {"default": 1.0, "min": 0.01, "max": 8.0, "step": 0.01}),
        },
        ("IMAGE",),
    ),
    Node("ImageInvert", "Invert Image", "image", {"image": link("IMAGE")}, ("IMAGE",)),
    Node(
        "Canny",
        "Canny",
        "image/preprocessors",
        {
            "image": link("IMAGE"),
            "low_threshold": Input("FLOAT", {"default": 0.4, "min": 0.01, "max": 0.99, "step": 0.01}),
            "high_threshold": Input("FLOAT", {"default": 0.8, "min": 0.01, "max": 0.99, "step": 0.01}),
        },
        ("IMAGE",),
    ),
    Node(
        "ControlNetLoader",
        "Load ControlNet Model",
        "loaders",
        {"control_net_name": combo("controlnets")},
        ("CONTROL_NET",),
    ),
    Node(
        "ControlNetApply",
        "Apply ControlNet (OLD)",
        "conditioning/controlnet",
        {"conditioning": link("CONDITIONING"), **_CONTROL},
        ("CONDITIONING",),
    ),
    Node(
        "ControlNetApplyAdvanced",
        "Apply ControlNet",
        "conditioning/controlnet",
        {
            "positive": link("CONDITIONING"),
            "negative": link("CONDITIONING"),
            **_CONTROL,
            "start_percent": ranged("FLOAT", "controls.start", 0.0, step=0.001),
            "end_percent": ranged("FLOAT", "controls.end", 1.0, step=0.001),
            "vae": link("VAE", required=False),
        },
        ("CONDITIONING", "CONDITIONING"),
    ),
    _primitive("PrimitiveInt", "Int", "INT", 0),
    _primitive("PrimitiveFloat", "Float", "FLOAT", 0.0),
    _primitive("PrimitiveString", "String", "STRING", ""),
    _primitive("PrimitiveStringMultiline", "String (Multiline)", "STRING", ""),
    Node("SaveImage", "Save Image", "image", {"images": link("IMAGE"), "filename_prefix": _PREFIX}, (), shows=True),
    Node("PreviewImage", "Preview Image", "image", {"images": link("IMAGE")}, (), shows=True),
    Node(BY_SOCKET, "SaveImageWebsocket", "api/image", {"images": link("IMAGE")}, (), shows=True),
)

NODES: Mapping[str, Node] = MappingProxyType({node.name: node for node in _ALL})
