"""Weights that vanish from the disk: their rows are disabled with a reason, and enabled once the weights are back.

A file or folder that was renamed or moved is found again by its checksum among what has no row yet: size and header
choose the candidates, at most MOST_HASHED of them are read in whole.
"""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generation.checkpoints import scan
from generation.checkpoints.actions import is_storable
from generation.checkpoints.model_folders import Row, look_at, roots, rows_by_path
from generation.models import Adapter, Checkpoint
from generation.weights.checkpoint_inspection import checksum
from generation.weights.reading import shown
from generation.weights.recognition.tree import Candidate, Walk
from generation.weights.sources import CheckpointSource
from sdsite.accounts import audit

logger = logging.getLogger(__name__)

MOST_HASHED = 20
GONE = (
    "Its weights are not at {path} any more. It is offered again once they are back, or found elsewhere by their "
    "checksum."
)


@dataclass
class Changes:
    """What a look at the disk changed: rows disabled, rows whose weights are back, rows found at another place."""

    gone: list[Row] = field(default_factory=list)
    back: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)


def look() -> Changes:
    """Disable the rows whose weights are gone, and enable those that this disabled and whose weights are back."""
    changes = Changes()
    for row in local_rows():
        there = os.path.exists(path_of(row))
        if not there and row.enabled and _set_gone(row):
            changes.gone.append(row)
        elif there and row.vanished_at is not None and _set_back(row, "back"):
            changes.back.append(row)
    return changes


def find_moved(*, alive: Callable[[], None] = lambda: None) -> list[Row]:
    """Find the weights of rows that vanished among files and folders without a row; return the rows that moved.

    Reads candidates of the same kind and size in whole; `alive()` is called for each piece and may raise to stop.
    """
    lost = [row for row in local_rows() if row.vanished_at is not None and row.sha256 and row.size_bytes]
    moved: list[Row] = []
    if not lost:
        return moved
    left = MOST_HASHED
    for path in _without_row():
        kind, size = _kind_and_size(path, {row.size_bytes for row in lost})
        alike = [row for row in lost if row.size_bytes == size and _kind_of(row) == kind]
        if not alike:
            continue
        if not left:
            logger.warning("more than %d files may be weights that vanished; the rest was not read", MOST_HASHED)
            break
        left -= 1
        digest = checksum_of(path, alive)
        for row in alike:
            if row.sha256 == digest and _set_back(row, "moved", path):
                lost.remove(row)
                moved.append(row)
                break
        if not lost:
            break
    return moved


def note_checksums(*, alive: Callable[[], None] = lambda: None) -> int:
    """Write the SHA-256 of adapters that have none into their rows; return how many."""
    count = 0
    for row in Adapter.objects.filter(sha256="", vanished_at=None).order_by("pk"):
        try:
            digest = checksum_of(row.path, alive)
        except OSError as error:
            logger.warning("no checksum of %s yet: %s", row.slug, error)
            continue
        count += Adapter.objects.filter(pk=row.pk, location=row.location, sha256="").update(sha256=digest)
    return count


def local_rows() -> Iterator[Row]:
    """Yield the checkpoints and adapters whose weights are on this machine."""
    yield from Checkpoint.objects.exclude(kind=Checkpoint.Kind.HUB).order_by("pk")
    yield from Adapter.objects.order_by("pk")


def path_of(row: Row) -> Path:
    """Return the path of a row's weights."""
    return Path(settings.MODELS_DIR, row.location) if isinstance(row, Checkpoint) else row.path


def checksum_of(path: Path, alive: Callable[[], None]) -> str:
    """Return the SHA-256 of a file, or of the weights in a folder."""
    kind = Checkpoint.Kind.FOLDER if path.is_dir() else Checkpoint.Kind.FILE
    return checksum(CheckpointSource(path.name, kind, str(path)), alive)


def _kind_of(row: Row) -> str:
    """Return the kind that recognition gives to a row's weights."""
    if not isinstance(row, Checkpoint):
        return row.kind
    return "denoiser" if row.kind == Checkpoint.Kind.DENOISER else "checkpoint"


def _without_row() -> Iterator[Path]:
    """Yield the files and folders of weights in all folders that are scanned, without those that rows name."""
    known, walk = rows_by_path(), Walk()
    for root in (*scan.roots(), *roots()):
        for candidate in walk.through(root):
            if candidate.refused is None and os.path.realpath(candidate.path) not in known:
                yield candidate.path


def _kind_and_size(path: Path, sizes: set[int]) -> tuple[str, int]:
    """Return the kind of the weights at `path` and their bytes, if they may have one of `sizes`; else ("", 0)."""
    try:
        if not is_storable(path) or (path.is_file() and path.stat().st_size not in sizes):
            return "", 0
    except OSError:
        return "", 0
    finding = look_at(Candidate(path))
    return (finding.found.kind, finding.size_bytes) if finding.found and not finding.refused else ("", 0)


@transaction.atomic
def _set_gone(row: Row) -> bool:
    """Disable a row, unless somebody has changed it meanwhile. A default stays the default for when it is back."""
    now, why = timezone.now(), GONE.format(path=shown(row.location))
    same = type(row).objects.filter(pk=row.pk, location=row.location, enabled=True)
    if not same.update(enabled=False, vanished_at=now, last_error=why):
        return False
    audit.record(actor=None, action=f"{row._meta.model_name}.vanished", target=row, location=row.location)
    row.refresh_from_db()
    return True


@transaction.atomic
def _set_back(row: Row, how: str, path: Path | None = None) -> bool:
    """Enable a row whose weights are back, or moved to `path`, unless somebody has changed it meanwhile."""
    location = str(path) if path else row.location
    same = type(row).objects.filter(pk=row.pk, location=row.location, vanished_at=row.vanished_at)
    if not same.update(enabled=True, vanished_at=None, last_error="", location=location):
        return False
    before = {"location": row.location}
    audit.record(
        actor=None, action=f"{row._meta.model_name}.{how}", target=row, before=before, after={"location": location}
    )
    row.refresh_from_db()
    return True
