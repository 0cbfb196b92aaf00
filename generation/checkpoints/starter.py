"""Rows of the starter checkpoint and its upscaler, which every site has."""

from pathlib import Path
from typing import Any

from django.conf import settings

from generation import starter
from generation.checkpoints import adapters
from generation.models import Adapter, Checkpoint
from generation.queue import speeds
from generation.starter.vocabulary import VOCABULARY
from generation.weights import checkpoint_inspection
from generation.weights.sources import CheckpointSource

STUDIO_UPSCALE_BY = 4.0  # 128 pixels become 512


def offer() -> bool:
    """Add the starter checkpoint and its upscaler on a site without checkpoints; return whether it was added.

    Rows that an administrator changed or deleted stay so, with two exceptions: a location that no longer exists,
    because the site was moved, is corrected, and after a release with other weights the facts of the weights (size,
    checksum, vocabulary) are updated.
    """
    location = str(starter.STARTER_LOCATION)
    for row in Checkpoint.objects.filter(slug=starter.STARTER_SLUG, kind=Checkpoint.Kind.FOLDER):
        if not Path(settings.MODELS_DIR, row.location).is_dir():
            row.location = location
            row.save(update_fields=["location"])
        if row.location == location:
            _update_facts(row)
    for adapter in Adapter.objects.of_kind(Adapter.Kind.UPSCALER).filter(slug=starter.UPSCALER_SLUG):
        if not adapter.path.is_file():
            Adapter.objects.filter(pk=adapter.pk).update(location=str(_upscaler_file()))
    if Checkpoint.objects.exists():
        return False
    width, height = starter.STARTER_SIZES[0]
    _, created = Checkpoint.objects.get_or_create(
        slug=starter.STARTER_SLUG,
        defaults={
            "title": starter.STARTER_TITLE,
            "description": starter.STARTER_SUMMARY,
            "licence": starter.STARTER_LICENCE,
            "kind": Checkpoint.Kind.FOLDER,
            "location": location,
            "family": starter.STARTER_FAMILY,
            "is_default": True,
            "width": width,
            "height": height,
            "sizes": [list(size) for size in starter.STARTER_SIZES],
            "size_policy": Checkpoint.SizePolicy.SNAP,  # programs ask for 512 or 1024 pixels by default
            "steps": starter.STARTER_STEPS,
            "guidance_scale": starter.STARTER_GUIDANCE_SCALE,
            "sampler": starter.STARTER_SAMPLER,
            "schedule": starter.STARTER_SCHEDULE,
            "upscaler": (upscaler := offer_upscaler()),
            "studio_upscale_by": STUDIO_UPSCALE_BY if upscaler else 1.0,
            **weights_facts(),
        },
    )
    return created


def offer_upscaler() -> str:
    """Add the upscaler for flat artwork unless there is one with its slug; return its slug ("": none is included)."""
    file = _upscaler_file()
    if not file.is_file():
        return ""
    if not Adapter.objects.of_kind(Adapter.Kind.UPSCALER).filter(slug=starter.UPSCALER_SLUG).exists():
        row = adapters.add(kind=Adapter.Kind.UPSCALER, path=file)
        Adapter.objects.filter(pk=row.pk).update(
            slug=starter.UPSCALER_SLUG, title=starter.UPSCALER_TITLE, licence=starter.STARTER_LICENCE,
            description=starter.UPSCALER_SUMMARY,
        )  # fmt: skip
    return starter.UPSCALER_SLUG


def _upscaler_file() -> Path:
    return starter.STARTER_LOCATION.parent / starter.UPSCALER_FILE


def _source() -> CheckpointSource:
    return CheckpointSource(starter.STARTER_SLUG, Checkpoint.Kind.FOLDER, str(starter.STARTER_LOCATION))


def weights_facts() -> dict[str, Any]:
    """Return the columns that follow from the weights themselves, not from an administrator's decisions."""
    found = checkpoint_inspection.inspect(_source())
    return {
        "vocabulary": vocabulary(),
        "size_bytes": found.size_bytes,
        "found_prediction": found.prediction_type,
        "found_dtype": found.dtype,
        "sha256": checkpoint_inspection.checksum(_source()),
    }


def vocabulary() -> list[dict[str, object]]:
    """Return what the starter checkpoint can generate, in the shape of `Checkpoint.vocabulary`."""
    return [{"category": name.capitalize(), "words": list(words)} for name, words in VOCABULARY.items()]


def _update_facts(row: Checkpoint) -> None:
    """Update the facts in `row` if its weights were replaced."""
    if checkpoint_inspection.checksum(_source()) == row.sha256:
        return
    changed = {**weights_facts(), "description": starter.STARTER_SUMMARY, "licence": starter.STARTER_LICENCE}
    if not row.upscaler:
        changed["upscaler"] = offer_upscaler()
    # Measured with the earlier weights; the next run measures again.
    speeds.forget(row)
    changed |= {"step_seconds": 0.0, "image_seconds": 0.0, "last_error": ""}
    Checkpoint.objects.filter(pk=row.pk).update(**changed)
