"""Defaults of a checkpoint for requests that leave fields out."""

from dataclasses import dataclass

Size = tuple[int, int]


@dataclass(frozen=True)
class FewStep:
    """A LoRA with which a checkpoint needs few steps and no guidance: its slug, the steps, the sampler."""

    lora: str
    steps: int
    sampler: str


@dataclass(frozen=True)
class CheckpointDefaults:
    """Values of a checkpoint that fill what a request leaves out, and the sizes that it allows.

    `sizes` lists allowed (width, height) pairs in pixels; empty means any size in the site's range. Other sizes are
    refused or replaced by the nearest (`size_policy` "refuse" or "snap"). `upscaler` is the key or slug used where a
    request names none, `vae` the slug of an autoencoder that replaces the checkpoint's own; both may be empty.
    `few_step` is what drafts use, if anything.
    """

    slug: str
    family: str
    width: int
    height: int
    steps: int
    guidance_scale: float
    sampler: str
    schedule: str = "normal"
    sizes: tuple[Size, ...] = ()
    size_policy: str = "refuse"
    negative_prompt: str = ""
    clip_skip: int | None = None
    upscaler: str = ""
    vae: str = ""
    few_step: FewStep | None = None
