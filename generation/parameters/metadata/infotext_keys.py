"""Table of A1111's infotext keys and the fields that they stand for, used for writing and reading.

A field without a key of A1111 has a key of the site, "sdsite <field>", with its value as JSON where it is not text.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from generation.parameters import catalog

OWN = "sdsite "
# Values that resolving fills in where the request has none; they are not written.
FILLED = {
    "clip_skip": 1,
    "eta": 0.0,
    "upscaler": "lanczos",
    "upscale_by": 1.0,
    "task": "text_to_image",
    "speed_mode": "exact",
}


def number(value: float) -> str:
    """Return a number as A1111 writes it: 7 instead of 7.0."""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(value)


def as_int(text: str) -> int:
    """Read an integer, also one written as 20.0.

    Raises:
        ValueError: it is not an integer.
    """
    value = float(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(text) if text.strip().lstrip("+-").isdigit() else int(value)


def as_float(text: str) -> float:
    """Read a number, also one with a decimal comma.

    Raises:
        ValueError: it is none.
    """
    return float(text.replace(",", ".", 1))


def _words(mapping: Mapping[str, Any]) -> tuple[Callable[[Any], str], Callable[[str], Any]]:
    """Return the writer and the reader of an enumeration; the first word of a value is the one written."""
    written = {value: word for word, value in reversed(list(mapping.items()))}
    read = {word.casefold(): value for word, value in mapping.items()}

    def reader(text: str) -> Any:
        if text.casefold() not in read:
            raise ValueError(text)
        return read[text.casefold()]

    return written.__getitem__, reader


@dataclass(frozen=True)
class Key:
    """A key, its field (dotted where it is nested), and the functions that write and read its value.

    `model` is the kind of adapter where the value is the name of one.
    """

    name: str
    field: str
    write: Callable[[Any], str] = str
    read: Callable[[str], Any] = str
    model: str = ""


def upscaler_label(key: str) -> str:
    """Return the label of a built-in upscaler, or the slug as it is."""
    row = catalog.UPSCALERS.get(key)
    return row.label if row else key


def upscaler_key(label: str) -> str:
    """Return the key of a built-in upscaler by label, or the name as it is."""
    plain = label.casefold()
    return next((row.key for row in catalog.UPSCALERS.values() if plain in (row.key, row.label.casefold())), label)


_AREA = _words({"Whole picture": "whole", "Only masked": "masked"})
_FILL = _words(
    {"original": "original", "fill": "fill", "latent noise": "noise", "latent nothing": "nothing", "noise": "noise"}
)
_MODE = _words({"Inpaint not masked": True, "Inpaint masked": False})

# In the order in which A1111 writes them. Fields that need several values are in `infotext.build` and `a1111`.
SIMPLE: tuple[Key, ...] = (
    Key("Steps", "steps", number, as_int),
    Key("Seed", "seed", str, as_int),
    Key("VAE", "vae", model="vae"),
    Key("Clip skip", "clip_skip", number, as_int),
    Key("CFG Rescale", "guidance_rescale", number, as_float),
    Key("Variation seed", "variation_seed", str, as_int),
    Key("Variation seed strength", "variation_strength", number, as_float),
    Key("Noise multiplier", "noise_multiplier", number, as_float),
    Key("Init upscaler", "init_upscaler", upscaler_label, upscaler_key, model="upscaler"),
    Key("Mask blur", "mask_blur", number, as_float),
    Key("Inpaint area", "mask_area", *_AREA),
    Key("Masked area padding", "mask_padding", number, as_int),
    Key("Masked content", "mask_fill", *_FILL),
    Key("Mask mode", "mask_invert", *_MODE),
    Key("Hires upscale", "hires.scale", number, as_float),
    Key("Hires steps", "hires.steps", number, as_int),
    Key("Hires upscaler", "hires.upscaler", upscaler_label, upscaler_key, model="upscaler"),
    Key("Refiner", "refiner.checkpoint", model="refiner"),
    Key("Refiner switch at", "refiner.start", number, as_float),
    Key("Postprocess upscale by", "upscale_by", number, as_float),
    Key("Postprocess upscaler", "upscaler", upscaler_label, upscaler_key, model="upscaler"),
)
# Fields that `infotext.build` composes itself.
COMPOSED = frozenset(
    {"prompt", "negative_prompt", "sampler", "schedule", "timestep_spacing", "guidance_scale", "true_cfg_scale", "eta"}
    | {"width", "height", "checkpoint", "strength", "hires", "refiner", "loras", "controls"}
)
# Fields of the request or of the whole job, not of one image.
UNWRITTEN = frozenset(
    {
        "version",
        "count",
        "batch_size",
        "preview",
        "keep_steps",
        "enhanced_from",
        "styles",
        "grid",
        "image_prompts",
        "image_negative_prompts",
    }
)
# Facts about how the image was made that are not parameters: they are read and listed separately.
FACTS = frozenset(
    {"Version", "Batch size", "Batch pos", "Model hash", "VAE hash", "Lora hashes", "TI hashes", "Hashes"}
    | {"Civitai resources", "Civitai metadata", "Created Date"}
)
# Names that other programs use for the same keys.
ALIASES: Mapping[str, str] = {
    "Hires scale": "Hires upscale",
    "Hires Upscaler": "Hires upscaler",
    "Second pass strength": "Denoising strength",
    "Clip Skip": "Clip skip",
    "CFG Scale": "CFG scale",
    "CFG rescale": "CFG Rescale",
    "CFG Rescale phi": "CFG Rescale",
    "Eta DDIM": "Eta",
    "DDIM Eta": "Eta",
    "Scheduler": "Schedule type",
    "Vae": "VAE",
    "Variation strength": "Variation seed strength",
    "Inpaint Area": "Inpaint area",
    "Mask Blur": "Mask blur",
    "Model Hash": "Model hash",
    "CFG": "CFG scale",
    "Guidance scale": "CFG scale",
    "Sampling steps": "Steps",
    "Sampling method": "Sampler",
    "Sampler name": "Sampler",
    "Scheduler type": "Schedule type",
    "Image size": "Size",
    "Resolution": "Size",
    "Denoise": "Denoising strength",
    "Denoising": "Denoising strength",
    "Checkpoint": "Model",
    "Model name": "Model",
}


def own_value(value: Any) -> str:
    """Return the text of a value under a key of the site: text as it is, everything else as JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def read_own_value(text: str) -> Any:
    """Return the value of a text that `own_value` wrote."""
    try:
        return json.loads(text)
    except ValueError:
        return text
