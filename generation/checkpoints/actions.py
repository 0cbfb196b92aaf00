"""Changes to checkpoints: their location, adding one, the default, enabling and disabling."""

import itertools
import os
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from generation.models import Adapter, Checkpoint
from generation.weights.checkpoint_inspection import Inspection
from sdsite.accounts import audit
from sdsite.accounts.models import User

# Defaults that come from the weights or from their family.
WEIGHT_DEFAULTS = ("family", "width", "height", "steps", "guidance_scale", "sampler", "schedule")
# One part of a Hub id, as the Hub allows it for names of owners and repositories.
_HUB_PART = r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-])){0,94}[A-Za-z0-9]|[A-Za-z0-9]"
HUB_ID = re.compile(rf"(?:{_HUB_PART})/(?:{_HUB_PART})")
_LONGEST_LOCATION = 500  # characters of the column
UNSTORABLE = (
    "Its path has line breaks, control characters or bytes that are no UTF-8, or more than 500 characters; rename it."
)


def is_storable(path: Path) -> bool:
    """Return whether a row and a line of a log can hold the path of a file that was found on the disk."""
    return str(path).isprintable() and len(str(path)) <= _LONGEST_LOCATION


class LocationRefused(ValueError):
    """A location, slug or name of a checkpoint is refused; the message is a sentence for people."""


def locate(*, kind: str, location: str) -> str:
    """Return `location` as it is stored: an absolute path, or a Hub id.

    Relative paths start at SDSITE_DATA/checkpoints. Links are not resolved: the Hub's cache links to nameless files.

    Raises:
        LocationRefused: there is nothing, it cannot be read, is not of `kind`, not a .safetensors file or not a Hub id.
    """
    location = location.strip()
    if kind == Checkpoint.Kind.HUB:
        if not HUB_ID.fullmatch(location):
            raise LocationRefused("A Hub id looks like owner/name: letters, digits, dots, hyphens and underscores.")
        return location
    if "\x00" in location:
        raise LocationRefused("A path cannot contain NUL characters.")
    path = Path(os.path.abspath(Path(settings.MODELS_DIR) / location))
    try:
        if not path.exists():
            raise LocationRefused(f"There is nothing at {path}.")
        _check_kind(kind, path)
    except OSError as error:
        raise LocationRefused(f"{path} cannot be read: {error.strerror}.") from error
    return str(path)


def _check_kind(kind: str, path: Path) -> None:
    if kind == Checkpoint.Kind.FOLDER:
        if not path.is_dir():
            raise LocationRefused(f"{path} is a file; choose the kind “{Checkpoint.Kind.FILE.label}” for it.")
        if not (path / "model_index.json").is_file():
            raise LocationRefused(f"{path} has no model_index.json, so it is not a folder in diffusers format.")
    elif path.is_dir():
        raise LocationRefused(f"{path} is a folder; choose the kind “{Checkpoint.Kind.FOLDER.label}” for it.")
    elif kind == Checkpoint.Kind.DENOISER and path.suffix.lower() == ".gguf":
        return
    elif path.suffix.lower() != ".safetensors":
        raise LocationRefused(
            f"{path.name} is not a .safetensors file; other formats can run code when loaded and are refused."
        )


def free_slug(name: str, *, adapter_kind: str = "") -> str:
    """Return a slug made of `name` that no other checkpoint has; given `adapter_kind`, no other adapter of that kind.

    Adapters keep their underscores, since prompts written elsewhere call a LoRA by the name of its file.
    """
    rows: QuerySet[Any] = Adapter.objects.of_kind(adapter_kind) if adapter_kind else Checkpoint.objects.all()
    longest = 100 if adapter_kind else 70  # leaves room in the column for a number
    text = name.replace(".", "-")
    stem = slugify(text if adapter_kind else text.replace("_", "-"))[:longest] or adapter_kind or "checkpoint"
    taken = set(rows.filter(slug__startswith=stem).values_list("slug", flat=True))
    others = (f"{stem}-{number}" for number in itertools.count(2))
    return next(slug for slug in itertools.chain([stem], others) if slug not in taken)


def add_checkpoint(
    *, slug: str, title: str, kind: str, location: str, found: Inspection, actor: User | None, sha256: str = ""
) -> Checkpoint:
    """Add a checkpoint whose weights were inspected (`found`), with the defaults of its weights; return the row.

    Raises:
        LocationRefused: the slug is taken.
    """
    defaults = {name: getattr(found, name) for name in WEIGHT_DEFAULTS}
    row = Checkpoint(
        slug=slug,
        title=title,
        kind=kind,
        location=location,
        sha256=sha256,
        size_bytes=found.size_bytes,
        found_prediction=found.prediction_type,
        found_dtype=found.dtype,
        **defaults,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record(actor=actor, action="checkpoint.created", target=row)
    except IntegrityError as error:
        raise LocationRefused(f"There already is a checkpoint {slug}; choose another slug.") from error
    return row


def make_default(*, checkpoint: Checkpoint, actor: User) -> Checkpoint:
    """Make `checkpoint` the default for requests that name none, and enable it."""
    with transaction.atomic():
        clear_default(besides=checkpoint)
        changed = Checkpoint.objects.filter(pk=checkpoint.pk).exclude(is_default=True, enabled=True)
        if changed.update(is_default=True, enabled=True):
            audit.record(actor=actor, action="checkpoint.made_default", target=checkpoint)
    checkpoint.refresh_from_db()
    return checkpoint


def clear_default(*, besides: Checkpoint) -> int:
    """Make no other checkpoint than `besides` the default; return how many were changed."""
    return Checkpoint.objects.filter(is_default=True).exclude(pk=besides.pk).update(is_default=False)


@transaction.atomic
def set_enabled(*, checkpoint: Checkpoint, enabled: bool, actor: User) -> bool:
    """Enable or disable `checkpoint`; return whether that changed anything.

    A disabled checkpoint is no longer the default. Jobs that were accepted before still run.
    """
    fields = {"enabled": True} if enabled else {"enabled": False, "is_default": False}
    rows = Checkpoint.objects.filter(pk=checkpoint.pk).exclude(enabled=enabled, vanished_at=None)
    changed = bool(rows.update(**fields, vanished_at=None))
    if changed:
        audit.record(actor=actor, action=f"checkpoint.{'enabled' if enabled else 'disabled'}", target=checkpoint)
    checkpoint.refresh_from_db()
    return changed
