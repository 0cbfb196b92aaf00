"""Shared parts of denoisers: which text encoders and autoencoder a checkpoint needs, which are chosen, which fit."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from generation.checkpoints.actions import LocationRefused
from generation.errors import GenerationError
from generation.models import Adapter, Checkpoint
from generation.weights.parts.denoiser import Need, read_denoiser
from generation.weights.sources import SharedPart
from sdsite.accounts import audit
from sdsite.accounts.models import User

_KINDS = {"vae": Adapter.Kind.VAE}


def needs_of(checkpoint: Checkpoint) -> tuple[Need, ...]:
    """Return what a checkpoint needs beside its own file; nothing unless it is a denoiser alone.

    Raises:
        GenerationError: `checkpoint_missing` or `checkpoint_invalid`, its file cannot be read.
    """
    if checkpoint.kind != Checkpoint.Kind.DENOISER:
        return ()
    return read_denoiser(Path(settings.MODELS_DIR, checkpoint.location)).needs


def fitting(need: Need, family: str) -> list[Adapter]:
    """Return the adapters that can be chosen for a need, by their shape; autoencoders of other families are none."""
    rows = Adapter.objects.of_kind(_KINDS.get(need.kind, Adapter.Kind.TEXT_ENCODER)).order_by("pk")
    if need.kind == "vae":
        return [row for row in rows.for_family(family) if row.meta.get("channels") == need.width]
    return [row for row in rows if need.fits(row.meta.get("encoder", ""), row.meta.get("width", 0))]


def part_of(checkpoint: Checkpoint, need: Need) -> Adapter | None:
    """Return the part that is chosen for a need, else the first enabled one that fits; None where there is none."""
    rows = fitting(need, checkpoint.family)
    if chosen := checkpoint.parts.get(need.part):
        return next((row for row in rows if row.slug == chosen), None)
    return next((row for row in rows if row.enabled and row.family in ("", checkpoint.family) and _is_sure(row)), None)


def _is_sure(row: Adapter) -> bool:
    """Return whether a row may be taken without a choice: an autoencoder's family must be known."""
    return row.kind != Adapter.Kind.VAE or bool(row.family)


def lacking(checkpoint: Checkpoint) -> list[Need]:
    """Return the needs of a checkpoint that no part meets; raises as `needs_of`."""
    return [need for need in needs_of(checkpoint) if part_of(checkpoint, need) is None]


def lack_in_words(needs: list[Need]) -> str:
    """Return a sentence that names what is lacking."""
    names = ", ".join(map(str, needs))
    return f"It lacks {names}: add it under Adapters, then choose the parts on the checkpoint's page."


def get_parts(checkpoint: Checkpoint) -> tuple[SharedPart, ...]:
    """Return the parts that join a checkpoint when it is loaded.

    Raises:
        GenerationError: `checkpoint_missing`, one is lacking, or its files are.
    """
    found = []
    for need in needs_of(checkpoint):
        row = part_of(checkpoint, need)
        if row is None or not row.path.exists():
            raise GenerationError("checkpoint_missing", f"{checkpoint.slug} cannot be loaded. {lack_in_words([need])}")
        found.append(SharedPart(need.part, row.slug, str(row.path), row.sha256))
    return tuple(found)


def disable_if_incomplete(checkpoint: Checkpoint) -> bool:
    """Disable a denoiser that lacks a part, with the reason; return whether it does."""
    lost = lacking(checkpoint)
    if lost:
        checkpoint.enabled, checkpoint.last_error = False, lack_in_words(lost)
        Checkpoint.objects.filter(pk=checkpoint.pk).update(enabled=False, last_error=checkpoint.last_error)
    return bool(lost)


@transaction.atomic
def choose(*, checkpoint: Checkpoint, chosen: dict[str, str], actor: User) -> Checkpoint:
    """Choose the parts of a denoiser by slug, empty: matched by shape; enable it once nothing is lacking.

    Raises:
        LocationRefused: a part does not fit.
    """
    before, after = dict(checkpoint.parts), {}
    for need in needs_of(checkpoint):
        slug = chosen.get(need.part, "")
        if slug and slug not in {row.slug for row in fitting(need, checkpoint.family)}:
            raise LocationRefused(f"{slug[:80]} is not {need}.")
        if slug:
            after[need.part] = slug
    checkpoint.parts = after
    lost = lacking(checkpoint)
    checkpoint.enabled, checkpoint.last_error = not lost, lack_in_words(lost) if lost else ""
    checkpoint.save(update_fields=["parts", "enabled", "last_error"])
    audit.record(actor=actor, action="checkpoint.parts_chosen", target=checkpoint, before=before, after=after)
    return checkpoint
