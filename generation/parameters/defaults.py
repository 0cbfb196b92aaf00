"""What a checkpoint gives to wishes that leave something open."""

from dataclasses import dataclass

Size = tuple[int, int]


@dataclass(frozen=True)
class CheckpointDefaults:
    """What a checkpoint is good at: fills what a wish leaves out, and says which sizes it allows.

    `sizes` lists allowed (width, height) pairs in pixels; empty means any size in the site's range. `size_policy` is
    "refuse" or "snap": what becomes of other sizes. `upscaler` (a key or a slug) enlarges where a wish names none,
    `vae` is the slug of an autoencoder to use instead of its own; both may be empty.
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
