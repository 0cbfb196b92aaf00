"""Folders of models of other programs (SDSITE_MODEL_FOLDERS): what lies there, what is offered, what refused and why.

Files are recognised by their headers and stay where they are; a row holds their absolute path.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import transaction

from generation.checkpoints import adapters, parts
from generation.checkpoints.actions import UNSTORABLE, LocationRefused, add_checkpoint, free_slug, is_storable
from generation.errors import GenerationError
from generation.families import FAMILIES
from generation.models import Adapter, Checkpoint
from generation.weights.adapter_inspection import Weights, inspect_weights
from generation.weights.checkpoint_inspection import Inspection, inspect
from generation.weights.families import PARTS, PICKLE_SUFFIXES
from generation.weights.parts.denoiser import NEEDS
from generation.weights.parts.facts import SHARED_ENCODERS
from generation.weights.reading import shown
from generation.weights.recognition.labels import KINDS, label
from generation.weights.recognition.recognize import recognize
from generation.weights.recognition.recognized import FileRefused, Recognized
from generation.weights.recognition.tree import MOST_FILES, Candidate, Walk
from generation.weights.sources import CheckpointSource
from sdsite.accounts import audit
from sdsite.accounts.models import User

Row = Checkpoint | Adapter
_ADAPTERS = frozenset(Adapter.Kind.values)
# Family of an autoencoder that only one family has.
_VAE_FAMILIES = {"kl_32": "flux2", "qwen_vae": "qwen_image"}


@dataclass(frozen=True)
class Finding:
    """One file or folder: what it is, the row that offers it, or why it cannot be used."""

    path: Path
    found: Recognized | None = None
    facts: Inspection | Weights | None = None
    row: Row | None = None
    refused: FileRefused | None = None
    unread: bool = False

    @property
    def state(self) -> str:
        """Return "refused", "offered" (it has a row), "unread" (the time of the report was up) or "new"."""
        if self.row is not None:
            return "offered"
        if self.unread:
            return "unread"
        return "refused" if self.refused else "new"

    @property
    def what(self) -> str:
        """Return kind and architecture for people."""
        if self.found is None:
            return "–"
        if self.found.note:
            return self.found.note
        name = label(self.found.architecture)
        return f"{KINDS[self.found.kind]}, {name}" if name else KINDS[self.found.kind]

    @property
    def details(self) -> str:
        """Return the layout of its names, and how its weights are stored."""
        return ", ".join(part for part in (self.found.layout, self.found.stored) if part) if self.found else ""

    @property
    def size_bytes(self) -> int:
        """Return the bytes of the weights, 0 where they are not known."""
        return self.facts.size_bytes if self.facts else 0


def roots() -> list[Path]:
    """Return the folders of SDSITE_MODEL_FOLDERS."""
    named = (one.strip() for one in settings.ENV["SDSITE_MODEL_FOLDERS"].split(":"))
    return [Path(os.path.abspath(Path(one).expanduser())) for one in named if one]


# Findings of single files in this process, by path, size and time of change: reading a header takes tens of ms.
_read: OrderedDict[tuple[str, int, int], Finding] = OrderedDict()


def report(*, seconds: float | None = None) -> Iterator[Finding]:
    """Yield everything in the folders, in the order of their paths; only headers and configs are read.

    After `seconds`, what this process has not read before is yielded unread, so that the next report goes on there.
    """
    walk, rows, begun_at = Walk(), rows_by_path(), time.monotonic()
    for root in roots():
        for candidate in walk.through(root):
            row = rows.get(os.path.realpath(candidate.path))
            identity = _identity(candidate)
            finding = _read.get(identity) if identity else None
            if finding is None and seconds is not None and time.monotonic() - begun_at >= seconds:
                yield Finding(candidate.path, row=row, unread=True)
                continue
            finding = finding or look_at(candidate)
            if identity:
                _read[identity] = finding
                while len(_read) > MOST_FILES:
                    _read.popitem(last=False)
            yield replace(finding, row=row)


def _identity(candidate: Candidate) -> tuple[str, int, int] | None:
    """Return what changes with a file's content; None for folders, whose parts may change without them."""
    if candidate.refused:
        return None
    try:
        facts = candidate.path.stat()
    except OSError:
        return None
    return None if candidate.path.is_dir() else (str(candidate.path), facts.st_size, facts.st_mtime_ns)


def look_at(candidate: Candidate, row: Row | None = None) -> Finding:
    """Return what is known of one candidate."""
    path = candidate.path
    if candidate.refused:
        return Finding(path, refused=candidate.refused)
    if not is_storable(path):
        return Finding(path, refused=FileRefused("path", UNSTORABLE))
    try:
        if path.suffix.lower() in PICKLE_SUFFIXES and path.is_file():
            raise FileRefused(
                "pickle", f"{shown(path)} is a pickle, which can run code when loaded; convert it to .safetensors."
            )
        found = recognize(path)
    except FileRefused as refused:
        return Finding(path, row=row, refused=refused)
    try:
        return Finding(path, found, _inspect(found, path), row)
    except FileRefused as refused:
        return Finding(path, found, row=row, refused=refused)


def _inspect(found: Recognized, path: Path) -> Inspection | Weights:
    """Return the facts of weights that the site can use.

    Raises:
        FileRefused: it cannot, or not these.
    """
    name = shown(path)
    if found.note:
        raise FileRefused("not_used", f"{name} is {found.note}, which the site has no use for.")
    if found.kind == "language_model":
        raise FileRefused("language_model", f"{name} is a language model, which generates no images.")
    if found.kind not in ("checkpoint", "denoiser", *_ADAPTERS) or _is_of_no_use(found):
        what = f"{KINDS[found.kind]}, {label(found.architecture)}" if found.architecture else KINDS[found.kind]
        raise FileRefused("not_used", f"{name} is a part ({what}) that no checkpoint of the site can share.")
    of_images = found.kind in ("checkpoint", "denoiser")
    family = found.architecture if of_images else _VAE_FAMILIES.get(found.architecture, "")
    if family and family not in FAMILIES:
        raise FileRefused("family_not_offered", f"{name} is made for {label(family)}, which the site does not have.")
    if found.kind == "vae" and family and not FAMILIES[family].latents.exchangeable:
        raise FileRefused(
            "not_used", f"{name} is an autoencoder of {label(family)}, whose checkpoints bring their own."
        )
    if found.kind == "denoiser" and (family not in NEEDS or path.is_dir()):
        raise FileRefused("parts_missing", f"{name} is a denoiser alone. {_advice(family)}")
    if path.is_file() and (why := _why_no_file(found, path)):
        raise FileRefused("unusable", f"{name} {why}.")
    try:
        if of_images:
            return inspect(CheckpointSource(path.name, _kind(found, path), str(path)))
        return inspect_weights(found.kind, path)
    except GenerationError as error:
        raise FileRefused("unusable", error.message) from error


def _is_of_no_use(found: Recognized) -> bool:
    """Return whether a text encoder is of a kind that no family here shares."""
    return found.kind == "text_encoder" and not found.architecture.startswith(SHARED_ENCODERS)


def _why_no_file(found: Recognized, path: Path) -> str:
    """Return why weights of that kind are not loaded from one file; empty where they are."""
    of_flow = found.architecture in FAMILIES and FAMILIES[found.architecture].flow
    if of_flow and found.kind in ("checkpoint", "controlnet"):
        named = f"a {KINDS[found.kind]} of {label(found.architecture)}"
        return f"is {named} in one file; add it as a folder in diffusers format or a Hub id"
    read = (".safetensors", ".gguf") if found.kind == "denoiser" else (".safetensors",)
    return "" if path.suffix.lower() in read else "must be called .safetensors to be loaded"


def _advice(family: str) -> str:
    if family in PARTS:
        return f"It needs {PARTS[family]}: add a folder in diffusers format or a Hub id, which has all of them."
    return "Get the version with text encoder and autoencoder in one file."


def _kind(found: Recognized, path: Path) -> str:
    if found.kind == "denoiser":
        return Checkpoint.Kind.DENOISER
    return Checkpoint.Kind.FOLDER if path.is_dir() else Checkpoint.Kind.FILE


def rows_by_path() -> dict[str, Row]:
    """Return the rows of checkpoints and adapters by the real paths of their weights."""
    rows: dict[str, Row] = {}
    for checkpoint in Checkpoint.objects.exclude(kind=Checkpoint.Kind.HUB):
        rows[os.path.realpath(Path(settings.MODELS_DIR, checkpoint.location))] = checkpoint
    for adapter in Adapter.objects.all():
        rows[os.path.realpath(adapter.path)] = adapter
    return rows


def add(path: str, *, actor: User | None) -> Row:
    """Look at the weights at `path` again and offer them where they lie; return the row.

    Raises:
        LocationRefused: it lies in none of the folders, cannot be used, or has a row already.
    """
    if "\x00" in path:
        raise LocationRefused("A path cannot contain NUL characters.")
    target = Path(os.path.abspath(path))
    if not any(target.is_relative_to(root) for root in roots()):
        raise LocationRefused(f"{shown(target)} lies in no folder of SDSITE_MODEL_FOLDERS.")
    if not target.exists():
        raise LocationRefused(f"There is nothing at {target}.")
    finding = look_at(Candidate(target), rows_by_path().get(os.path.realpath(target)))
    if finding.row is not None:
        raise LocationRefused(f"{shown(target)} has been added already, as {finding.row.slug}.")
    if finding.refused or finding.found is None or finding.facts is None:
        raise LocationRefused(finding.refused.message if finding.refused else f"{shown(target)} cannot be used.")
    if isinstance(finding.facts, Inspection):
        title = (target.name if target.is_dir() else target.stem)[:120]
        checkpoint = add_checkpoint(
            slug=free_slug(title),
            title=title,
            kind=_kind(finding.found, target),
            location=str(target),
            found=finding.facts,
            actor=actor,
        )
        parts.disable_if_incomplete(checkpoint)
        return checkpoint
    with transaction.atomic():
        adapter = adapters.add(kind=finding.found.kind, path=target)
        audit.record(actor=actor, action="adapter.created", target=adapter)
    return adapter
