"""Table of the supported nodes with their inputs and outputs; `/object_info` shows it, and graphs are checked by it.

Ranges are the site's own, so that clients do not offer values that the site would refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from generation.parameters.ranges import PROMPT_CHARACTERS, RANGES

LARGEST_SEED = 2**64 - 1
COMBO = "COMBO"  # one of a list; kinds that are not in VALUES are links
VALUES = ("INT", "FLOAT", "STRING", COMBO)
BY_SOCKET = "SaveImageWebsocket"  # its images go to the websocket as binary messages, and have no names


@dataclass(frozen=True)
class Input:
    """One input of a node.

    `kind` is INT, FLOAT, STRING, COMBO, or the type of a link (MODEL, CLIP, ...). `choices` of a combo are its values,
    or the name of a list that is read from the database (`Names.lists`).
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    choices: str | tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Node:
    """One class of nodes; `shows` marks output nodes, whose images a client gets."""

    name: str
    title: str
    category: str
    inputs: Mapping[str, Input]
    outputs: tuple[str, ...]
    shows: bool = False


def _link(kind: str) -> Input:
    return Input(kind)


def _ranged(kind: str, name: str, default: float, **options: Any) -> Input:
    allowed = RANGES[name]
    step = allowed.multiple_of or (1 if kind == "INT" else 0.01)
    number = int if kind == "INT" else float
    bounds = {"min": number(allowed.least), "max": number(allowed.most), "step": step}
    return Input(kind, {"default": default, **bounds, **options})


def _combo(choices: str | tuple[str, ...], **options: Any) -> Input:
    return Input(COMBO, options, choices)


def _empty_latent(name: str, title: str, side: int) -> Node:
    inputs = {
        "width": _ranged("INT", "width", side),
        "height": _ranged("INT", "height", side),
        "batch_size": _ranged("INT", "count", 1),
    }
    return Node(name, title, "latent", inputs, ("LATENT",))


def _primitive(name: str, title: str, kind: str, default: Any) -> Node:
    return Node(name, title, "utils/primitive", {"value": Input(kind, {"default": default})}, (kind,))


_WEIGHT = {"min": RANGES["loras.weight"].least, "max": RANGES["loras.weight"].most, "step": 0.01, "default": 1.0}
_STRENGTH = Input("FLOAT", _WEIGHT)
_TEXT = Input("STRING", {"multiline": True, "dynamicPrompts": True, "default": ""})
_PIXELS = Input("INT", {"default": 512, "min": 0, "max": int(RANGES["width"].most), "step": 1})
_IMAGE = _combo("uploads", image_upload=True)
_METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
_PREFIX = Input("STRING", {"default": "ComfyUI"}, required=False)

_ALL = (
    Node(
        "CheckpointLoaderSimple",
        "Load Checkpoint",
        "loaders",
        {"ckpt_name": _combo("checkpoints")},
        ("MODEL", "CLIP", "VAE"),
    ),
    # The site has only complete checkpoints; clients ask for this node's list beside theirs.
    Node(
        "UNETLoader",
        "Load Diffusion Model",
        "advanced/loaders",
        {"unet_name": _combo("unets"), "weight_dtype": _combo(("default",))},
        ("MODEL",),
    ),
    Node("VAELoader", "Load VAE", "loaders", {"vae_name": _combo("vaes")}, ("VAE",)),
    Node(
        "LoraLoader",
        "Load LoRA",
        "loaders",
        {
            "model": _link("MODEL"),
            "clip": _link("CLIP"),
            "lora_name": _combo("loras"),
            "strength_model": _STRENGTH,
            "strength_clip": _STRENGTH,
        },
        ("MODEL", "CLIP"),
    ),
    Node(
        "LoraLoaderModelOnly",
        "Load LoRA (Model)",
        "loaders",
        {"model": _link("MODEL"), "lora_name": _combo("loras"), "strength_model": _STRENGTH},
        ("MODEL",),
    ),
    Node(
        "CLIPSetLastLayer",
        "CLIP Set Last Layer",
        "conditioning",
        {
            "clip": _link("CLIP"),
            "stop_at_clip_layer": Input("INT", {"default": -1, "min": -RANGES["clip_skip"].most, "max": -1, "step": 1}),
        },
        ("CLIP",),
    ),
    Node(
        "CLIPTextEncode",
        "CLIP Text Encode (Prompt)",
        "conditioning",
        {"text": _TEXT, "clip": _link("CLIP")},
        ("CONDITIONING",),
    ),
    Node(
        "ConditioningZeroOut",
        "ConditioningZeroOut",
        "advanced/conditioning",
        {"conditioning": _link("CONDITIONING")},
        ("CONDITIONING",),
    ),
    Node(
        "FluxGuidance",
        "FluxGuidance",
        "advanced/conditioning/flux",
        {"conditioning": _link("CONDITIONING"), "guidance": _ranged("FLOAT", "guidance_scale", 3.5)},
        ("CONDITIONING",),
    ),
    _empty_latent("EmptyLatentImage", "Empty Latent Image", 512),
    _empty_latent("EmptySD3LatentImage", "EmptySD3LatentImage", 1024),
    Node(
        "RepeatLatentBatch",
        "Repeat Latent Batch",
        "latent/batch",
        {"samples": _link("LATENT"), "amount": _ranged("INT", "count", 1)},
        ("LATENT",),
    ),
    Node(
        "KSampler",
        "KSampler",
        "sampling",
        {
            "model": _link("MODEL"),
            "seed": Input("INT", {"default": 0, "min": 0, "max": LARGEST_SEED, "control_after_generate": True}),
            "steps": _ranged("INT", "steps", 20),
            "cfg": _ranged("FLOAT", "guidance_scale", 8.0, step=0.1, round=0.01),
            "sampler_name": _combo("samplers"),
            "scheduler": _combo("schedulers"),
            "positive": _link("CONDITIONING"),
            "negative": _link("CONDITIONING"),
            "latent_image": _link("LATENT"),
            "denoise": Input("FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01}),
        },
        ("LATENT",),
    ),
    Node("VAEDecode", "VAE Decode", "latent", {"samples": _link("LATENT"), "vae": _link("VAE")}, ("IMAGE",)),
    Node("VAEEncode", "VAE Encode", "latent", {"pixels": _link("IMAGE"), "vae": _link("VAE")}, ("LATENT",)),
    Node(
        "VAEEncodeForInpaint",
        "VAE Encode (for Inpainting)",
        "latent/inpaint",
        {
            "pixels": _link("IMAGE"),
            "vae": _link("VAE"),
            "mask": _link("MASK"),
            "grow_mask_by": Input("INT", {"default": 6, "min": 0, "max": 64, "step": 1}),
        },
        ("LATENT",),
    ),
    Node(
        "SetLatentNoiseMask",
        "Set Latent Noise Mask",
        "latent/inpaint",
        {"samples": _link("LATENT"), "mask": _link("MASK")},
        ("LATENT",),
    ),
    Node("LoadImage", "Load Image", "image", {"image": _IMAGE}, ("IMAGE", "MASK")),
    Node(
        "LoadImageMask",
        "Load Image (as Mask)",
        "mask",
        {"image": _IMAGE, "channel": _combo(("alpha", "red", "green", "blue"))},
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
            "image": _link("IMAGE"),
            "upscale_method": _combo(_METHODS),
            "width": _PIXELS,
            "height": _PIXELS,
            "crop": _combo(("disabled", "center")),
        },
        ("IMAGE",),
    ),
    Node(
        "UpscaleModelLoader", "Load Upscale Model", "loaders", {"model_name": _combo("upscalers")}, ("UPSCALE_MODEL",)
    ),
    Node(
        "ImageUpscaleWithModel",
        "Upscale Image (using Model)",
        "image/upscaling",
        {"upscale_model": _link("UPSCALE_MODEL"), "image": _link("IMAGE")},
        ("IMAGE",),
    ),
    _primitive("PrimitiveInt", "Int", "INT", 0),
    _primitive("PrimitiveFloat", "Float", "FLOAT", 0.0),
    _primitive("PrimitiveString", "String", "STRING", ""),
    _primitive("PrimitiveStringMultiline", "String (Multiline)", "STRING", ""),
    Node("SaveImage", "Save Image", "image", {"images": _link("IMAGE"), "filename_prefix": _PREFIX}, (), shows=True),
    Node("PreviewImage", "Preview Image", "image", {"images": _link("IMAGE")}, (), shows=True),
    Node(BY_SOCKET, "SaveImageWebsocket", "api/image", {"images": _link("IMAGE")}, (), shows=True),
)

NODES: Mapping[str, Node] = MappingProxyType({node.name: node for node in _ALL})
LONGEST_TEXT = PROMPT_CHARACTERS


def describe(node: Node, lists: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a node's entry of `/object_info`; `lists` are the choices from the database by name."""
    groups: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
    for name, one in node.inputs.items():
        groups["required" if one.required else "optional"][name] = _described(one, lists)
    shown = {group: inputs for group, inputs in groups.items() if inputs}
    return {
        "input": {"required": {}, **shown},
        "input_order": {group: list(inputs) for group, inputs in shown.items()},
        "output": list(node.outputs),
        "output_is_list": [False] * len(node.outputs),
        "output_name": list(node.outputs),
        "name": node.name,
        "display_name": node.title,
        "description": "",
        "python_module": "nodes",
        "category": node.category,
        "output_node": node.shows,
    }


def _described(one: Input, lists: Mapping[str, list[str]]) -> list[Any]:
    if one.kind != COMBO:
        return [one.kind, dict(one.options)]
    choices = lists.get(one.choices, []) if isinstance(one.choices, str) else list(one.choices)
    return [choices, dict(one.options)]
