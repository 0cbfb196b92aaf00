"""Changes to adapters: scan their folders, add them, enable and disable them."""

from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from generation.checkpoints.actions import UNSTORABLE, free_slug, is_storable
from generation.errors import GenerationError
from generation.models import Adapter
from generation.models.adapter import get_adapter_folder
from generation.weights.adapter_inspection import Weights, inspect_weights
from generation.weights.families import PICKLE_SUFFIXES
from sdsite.accounts import audit
from sdsite.accounts.models import User

UNKNOWN_FAMILY = "Its header does not name the family of its checkpoints: choose the family, then enable it."


@dataclass
class Scan:
    """Result of a scan: the rows added, and the files refused with the reason."""

    added: list[Adapter] = field(default_factory=list)
    refused: dict[Path, str] = field(default_factory=dict)


def scan() -> Scan:
    """Add every file and folder below SDSITE_DATA/checkpoints/<kind>s that has no row yet; only headers are read.

    Rows whose family is unknown are added disabled. Existing rows are not changed.
    """
    found = Scan()
    for kind in Adapter.Kind.values:
        folder = get_adapter_folder(kind)
        known = {row.path for row in Adapter.objects.of_kind(kind)}
        for path in candidates(folder):
            if path in known:
                continue
            if not is_storable(path):
                found.refused[path] = UNSTORABLE
                continue
            try:
                found.added.append(add(kind=kind, path=path))
            except GenerationError as error:
                found.refused[path] = error.message
    return found


def candidates(folder: Path) -> list[Path]:
    """Return the files and folders of weights in `folder` and its sub-folders, sorted by name.

    Pickles are included, so that the scan reports why they are refused.
    """
    if not folder.is_dir():
        return []
    listed: list[Path] = []
    try:
        inside = sorted(folder.iterdir())
    except OSError:  # a folder that may not be read hides only itself
        return []
    for path in inside:
        if path.is_dir():
            is_weights = any((path / name).is_file() for name in ("config.json", "model_index.json"))
            is_weights = is_weights or (path / "image_encoder").is_dir()
            listed += [path] if is_weights else candidates(path)
        elif path.suffix.lower() == ".safetensors" or path.suffix.lower() in PICKLE_SUFFIXES:
            listed.append(path)
    return listed


def add(*, kind: str, path: Path, family: str = "") -> Adapter:
    """Add a row for the weights at `path`, filled from their header, and return it.

    Raises:
        GenerationError: `adapter_missing` or `adapter_invalid`, with the reason.
    """
    weights = inspect_weights(kind, path)
    folder = get_adapter_folder(kind)
    adapter = Adapter(
        kind=kind,
        slug=free_slug(path.stem if path.is_file() else path.name, adapter_kind=kind),
        title=weights.title or (path.stem if path.is_file() else path.name)[:120],
        location=str(path.relative_to(folder) if path.is_relative_to(folder) else path),
        family=family,
    )
    fill_from_header(adapter, weights)
    adapter.save()
    return adapter


def fill_from_header(adapter: Adapter, weights: Weights) -> None:
    """Fill the blank fields of `adapter` from the header; disable an adapter of unknown family."""
    for name in ("family", "description", "licence", "trigger_words", "token"):
        if not getattr(adapter, name):
            setattr(adapter, name, getattr(weights, name))
    set_header_facts(adapter, weights)
    if not adapter.family and adapter.kind not in Adapter.WITHOUT_FAMILY:
        adapter.enabled, adapter.last_error = False, UNKNOWN_FAMILY


def left_out_note(adapter: Adapter) -> str:
    """Return a sentence about what the file holds and is not applied; empty if all of it is."""
    words = adapter.meta.get("bundled_embeddings")
    return f"Its embedding {', '.join(words)} is not applied, its layers are." if words else ""


def set_header_facts(adapter: Adapter, weights: Weights) -> None:
    """Set the facts of the header and clear the checksum and error of earlier weights; nothing is saved."""
    adapter.meta, adapter.size_bytes = weights.meta, weights.size_bytes
    adapter.sha256 = adapter.last_error = ""


@transaction.atomic
def set_enabled(*, adapter: Adapter, enabled: bool, actor: User) -> bool:
    """Enable or disable `adapter`; return whether that changed anything.

    An adapter without a family cannot be enabled. Jobs that were accepted before still run.
    """
    if enabled and not adapter.family and adapter.kind not in Adapter.WITHOUT_FAMILY:
        return False
    rows = Adapter.objects.filter(pk=adapter.pk).exclude(enabled=enabled, vanished_at=None)
    changed = bool(rows.update(enabled=enabled, vanished_at=None))
    if changed:
        audit.record(actor=actor, action=f"adapter.{'enabled' if enabled else 'disabled'}", target=adapter)
    adapter.refresh_from_db()
    return changed
