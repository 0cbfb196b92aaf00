"""How checkpoints and samplers look outside."""

from typing import Annotated, Any

from django.urls import reverse
from pydantic import BaseModel, Field

from generation.models import Checkpoint
from generation.parameters import catalog

# What a checkpoint fills in where a wish leaves it out; null: the site's or the family's own.
DEFAULTS = (
    "width",
    "height",
    "steps",
    "guidance_scale",
    "sampler",
    "schedule",
    "negative_prompt",
    "clip_skip",
    "upscaler",
    "vae",
)


class CheckpointOut(BaseModel):
    """What a checkpoint is, what it is good at, and what one can ask it for.

    `defaults` fill what a wish leaves out. `size_policy`: "refuse" or "snap" (to the nearest of `sizes`).
    """

    slug: str
    title: str
    description: str
    licence: str
    family: str
    is_default: bool
    defaults: dict[str, Any]
    sizes: list[Annotated[list[int], Field(min_length=2, max_length=2)]]  # a tuple's schema comes out of another age
    size_policy: str
    trigger_words: list[str]
    picture_url: str | None
    samplers: list[str]
    vocabulary: list[dict[str, Any]]


class SamplerOut(BaseModel):
    """A sampler: the key to ask for, other names it answers to, the schedules it takes."""

    key: str
    label: str
    aliases: list[str]
    schedules: list[str]
    families: list[str]


def serialize_checkpoint(checkpoint: Checkpoint) -> CheckpointOut:
    """Return a checkpoint as others see it; where its weights lie stays inside."""
    return CheckpointOut(
        slug=checkpoint.slug,
        title=checkpoint.title,
        description=checkpoint.description,
        licence=checkpoint.licence,
        family=checkpoint.family,
        is_default=checkpoint.is_default,
        defaults={name: None if (value := getattr(checkpoint, name)) == "" else value for name in DEFAULTS},
        sizes=[[width, height] for width, height in checkpoint.sizes],
        size_policy=checkpoint.size_policy,
        trigger_words=checkpoint.triggers,
        picture_url=reverse("checkpoint-picture", args=[checkpoint.slug]) if checkpoint.picture else None,
        samplers=list(catalog.samplers_for(checkpoint.family)),
        vocabulary=checkpoint.vocabulary,
    )


def serialize_samplers() -> list[SamplerOut]:
    """Return every sampler of the catalog."""
    return [
        SamplerOut(
            key=sampler.key,
            label=sampler.label,
            aliases=list(sampler.aliases),
            schedules=list(sampler.schedules),
            families=list(sampler.families),
        )
        for sampler in catalog.SAMPLERS.values()
    ]
