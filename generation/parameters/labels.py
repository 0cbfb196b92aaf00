"""Labels of the parameters on pages: of the studio's fields, in its errors, on the image page and of plot axes."""

import re
from collections.abc import Mapping
from types import MappingProxyType

# Path without the numbers of list entries -> label of the field within its group.
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "task": "Task",
        "prompt": "Prompt",
        "enhanced_from": "Prompt before it was rewritten",
        "negative_prompt": "Negative prompt",
        "image_prompts": "Prompts of the images",
        "image_negative_prompts": "Negative prompts of the images",
        "styles": "Styles",
        "checkpoint": "Checkpoint",
        "width": "Width",
        "height": "Height",
        "steps": "Steps",
        "guidance_scale": "Guidance scale",
        "guidance_rescale": "Guidance rescale",
        "true_cfg_scale": "True guidance",
        "sampler": "Sampler",
        "schedule": "Schedule",
        "timestep_spacing": "Timestep spacing",
        "eta": "Eta",
        "clip_skip": "Clip skip",
        "seed": "Seed",
        "variation_seed": "Variation seed",
        "variation_strength": "Variation strength",
        "count": "Images",
        "batch_size": "Batch size",
        "init_image": "Input image",
        "strength": "Denoising strength",
        "resize_mode": "Resize mode",
        "init_upscaler": "Upscale first with",
        "keep_original": "Keep the original as the first image",
        "noise_multiplier": "Noise multiplier",
        "mask_image": "Mask",
        "mask_blur": "Mask blur",
        "mask_invert": "Invert mask",
        "mask_area": "Inpaint area",
        "mask_padding": "Mask padding",
        "mask_fill": "Masked content",
        "outpaint": "Outpaint",
        "outpaint.left": "Left",
        "outpaint.top": "Top",
        "outpaint.right": "Right",
        "outpaint.bottom": "Bottom",
        "hires": "Hires fix",
        "hires.scale": "Scale",
        "hires.steps": "Steps",
        "hires.strength": "Denoising strength",
        "hires.upscaler": "Upscaler",
        "upscale_by": "Scale",
        "upscaler": "Upscaler",
        "loras": "LoRA",
        "loras.name": "Name",
        "loras.weight": "Weight",
        "vae": "Autoencoder (VAE)",
        "controls": "ControlNet",
        "controls.model": "Model",
        "controls.image": "Control image",
        "controls.preprocessor": "Preprocessor",
        "controls.weight": "Weight",
        "controls.start": "Start",
        "controls.end": "End",
        "ip_adapter": "IP-Adapter",
        "ip_adapter.model": "Model",
        "ip_adapter.image": "Image prompt",
        "ip_adapter.weight": "Weight",
        "refiner": "Refiner",
        "refiner.checkpoint": "Checkpoint",
        "refiner.start": "Switch at",
        "grid": "X/Y/Z plot",
        "grid.axes": "Axes",
        "grid.axes.field": "Axis",
        "grid.axes.values": "Values",
        "output_format": "File format",
        "quality": "File quality",
        "reproducible": "Reproducibility",
        "speed_mode": "Speed mode",
        "preview": "Previews",
        "keep_steps": "Keep a preview every … steps",
    }
)
# Labels outside of their group that are not made of the names of part and field.
_OUTSIDE = {"upscale_by": "Upscale: scale", "grid.axes": LABELS["grid"]}


def full_label(path: str) -> str:
    """Return the label of the parameter at a dotted `path` where its group is not seen: "Hires fix: scale".

    Raises:
        KeyError: there is no such parameter.
    """
    path = re.sub(r"\.\d+(?=\.|$)", "", path)
    label = LABELS[path]
    part = path.partition(".")[0]
    if path in _OUTSIDE or part == path:
        return _OUTSIDE.get(path, label)
    return f"{LABELS[part]}: {label[0].lower()}{label[1:]}"


FULL_LABELS: Mapping[str, str] = MappingProxyType({path: full_label(path) for path in LABELS})
