"""Serialized checkpoints and samplers."""

from typing import Annotated, Any

from django.urls import reverse
from pydantic import BaseModel, Field

from generation.models import Checkpoint
from generation.parameters import catalog

# Fields that a checkpoint fills in where a request leaves them out; null: default of the site or the family.
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
    """A checkpoint: description, defaults, allowed sizes and vocabulary.

    `defaults` fill what a request leaves out. `size_policy`: "refuse" or "snap" (to the nearest of `sizes`).
    """

    slug: str
    title: str
    description: str
    licence: str
    family: str
    is_default: bool
    defaults: dict[str, Any]
    sizes: list[Annotated[list[int], Field(min_length=2, max_length=2)]]  # a tuple has a schema of another draft
    size_policy: str
    trigger_words: list[str]
    picture_url: str | None
    samplers: list[str]
    vocabulary: list[dict[str, Any]]


class SamplerOut(BaseModel):
    """A sampler: its key, other names for it, and its schedules."""

    key: str
    label: str
    aliases: list[str]
    schedules: list[str]
    families: list[str]


def serialize_checkpoint(checkpoint: Checkpoint) -> CheckpointOut:
    """Return a checkpoint without the location of its weights."""
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
