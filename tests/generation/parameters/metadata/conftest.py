"""Hypothesis strategy of all parameters that an infotext has."""

from generation.parameters.metadata import infotext
from generation.parameters.schema import ResolvedParameters

FIELDS = {
    "task": "text_to_image",
    "prompt": "a red heart",
    "checkpoint": "starter",
    "width": 128,
    "height": 96,
    "steps": 20,
    "guidance_scale": 4,
    "sampler": "euler_a",
    "schedule": "normal",
    "eta": 0,
    "clip_skip": 1,
    "seed": 7,
    "variation_seed": 3,
    "upscaler": "lanczos",
}


def resolved(**fields):
    return ResolvedParameters(**{**FIELDS, **fields})


def build(parameters, **given):
    names = {"checkpoint_name": "starter", "checkpoint_hash": "0123456789", "version": "sdsite"}
    return infotext.build(parameters, **{**names, **given})


WHOLE = ("steps", "seed", "variation_seed", "clip_skip", "mask_padding", "quality", "count", "batch_size")
