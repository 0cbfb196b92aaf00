"""Scan of folders for checkpoints that have no row yet: headers and configs are read, nothing is loaded."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from generation.checkpoints.actions import UNSTORABLE, LocationRefused, add_checkpoint, free_slug, is_storable
from generation.errors import GenerationError
from generation.models import Checkpoint
from generation.weights.checkpoint_inspection import Inspection, inspect
from generation.weights.families import PICKLE_SUFFIXES
from generation.weights.sources import CheckpointSource
from sdsite.accounts.models import User

DEEPEST = 6
MOST_FOUND = 500


@dataclass(frozen=True)
class Found:
    """A checkpoint found on disk: its inspection, or why it cannot be used."""

    kind: str
    path: str
    inspection: Inspection | None = None
    refused: str = ""

    @property
    def title(self) -> str:
        """Title for people: the name of the folder or file."""
        return Path(self.path).name.removesuffix(".safetensors")[:120]


def roots() -> list[Path]:
    """Return the folders that may be scanned: the site's own, and those of SDSITE_CHECKPOINT_FOLDERS."""
    return [Path(settings.MODELS_DIR), *(Path(one).expanduser() for one in settings.ENV["SDSITE_CHECKPOINT_FOLDERS"])]


def resolve_folder(location: str = "") -> Path:
    """Return the folder at `location`; empty: the site's own; relative paths start target.

    Raises:
        LocationRefused: it does not exist, or lies outside of `roots` after following links.
    """
    if "\x00" in location:
        raise LocationRefused("A path cannot contain NUL characters.")
    try:
        folder = Path(settings.MODELS_DIR, location.strip()).expanduser().resolve()
        if not any(folder.is_relative_to(root.resolve()) for root in roots()):
            allowed = ", ".join(str(root) for root in roots())
            raise LocationRefused(f"Only folders below {allowed} can be scanned; see SDSITE_CHECKPOINT_FOLDERS.")
        if not folder.exists() and folder != Path(settings.MODELS_DIR).resolve():
            raise LocationRefused(f"There is nothing at {folder}.")
    except OSError as error:
        raise LocationRefused(f"{location[:80]} cannot be read: {error.strerror}.") from error
    return folder


def scan(location: str = "") -> list[Found]:
    """Return the checkpoints below `location` that have no row yet, sorted by path; at most MOST_FOUND.

    Raises:
        LocationRefused: as for `resolve_folder`.
    """
    known = {
        os.path.realpath(Path(settings.MODELS_DIR, one))
        for one in Checkpoint.objects.exclude(kind=Checkpoint.Kind.HUB).values_list("location", flat=True)
    }
    found: list[Found] = []
    for kind, path in _candidates(resolve_folder(location)):
        if os.path.realpath(path) not in known:
            found.append(inspect_path(kind, path))
            if len(found) >= MOST_FOUND:
                break
    return found


def inspect_path(kind: str, path: Path) -> Found:
    """Inspect the checkpoint at `path`."""
    if not is_storable(path):
        return Found(kind, str(path), refused=UNSTORABLE)
    if kind == Checkpoint.Kind.FILE and path.suffix.lower() in PICKLE_SUFFIXES:
        return Found(kind, str(path), refused="A pickle, which can run code when loaded; convert it to .safetensors.")
    try:
        return Found(kind, str(path), inspect(CheckpointSource(path.name, kind, str(path))))
    except GenerationError as error:
        return Found(kind, str(path), refused=error.message)


def add(path: str, *, actor: User | None) -> Checkpoint:
    """Inspect the checkpoint at `path` again and add it; return the row.

    Raises:
        LocationRefused: it lies outside of `roots`, cannot be used, or has a row already.
    """
    target = Path(os.path.abspath(Path(settings.MODELS_DIR, path)))
    resolve_folder(str(target if target.is_dir() else target.parent))  # a file may be a link, as in the Hub's cache
    kind = Checkpoint.Kind.FOLDER if target.is_dir() else Checkpoint.Kind.FILE
    if Checkpoint.objects.filter(location=str(target)).exists():
        raise LocationRefused(f"{target.name} has been added already.")
    found = inspect_path(kind, target)
    if found.inspection is None:
        raise LocationRefused(f"{target.name}: {found.refused}")
    return add_checkpoint(
        slug=free_slug(found.title),
        title=found.title,
        kind=kind,
        location=str(target),
        found=found.inspection,
        actor=actor,
    )


def _candidates(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (kind, path) of every folder in diffusers format and every other weights file, without hidden ones."""
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        if "model_index.json" in files:
            folders.clear()
            yield Checkpoint.Kind.FOLDER, here
            continue
        deep = len(here.relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if deep < DEEPEST else []
        for name in sorted(files):
            if Path(name).suffix.lower() in {".safetensors", *PICKLE_SUFFIXES} and not name.startswith("."):
                yield Checkpoint.Kind.FILE, here / name
