"""Uploads of `.safetensors` checkpoints by administrators: written to their disk and hashed while they arrive.

A checkpoint is added only after its header was read. Pickles are refused by name and by their first bytes.
"""

import hashlib
import logging
import re
import shutil
import struct
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from generation.checkpoints.actions import LocationRefused, add_checkpoint, free_slug
from generation.errors import GenerationError
from generation.models import Checkpoint
from generation.weights.checkpoint_inspection import inspect
from generation.weights.families import PICKLE_STARTS
from generation.weights.hub_download import SPARE_BYTES
from generation.weights.safetensors_header import refuse_pickle_name
from generation.weights.sources import CheckpointSource
from sdsite.accounts.models import User
from sdsite.core.disk_space import is_disk_full

logger = logging.getLogger(__name__)

_LONGEST_NAME = 100
_LONGEST_HEADER = 100_000_000  # limit of the format
DISK_FULL = "The disk of the checkpoints is too full for this file."
FORM_BYTES = 1_000_000  # bytes that a form may have besides its file


def uploads_folder() -> Path:
    """Return the folder of unfinished uploads."""
    return Path(settings.MODELS_DIR) / ".uploads"


def most_bytes() -> int:
    """Return the largest size of an uploaded file in bytes."""
    return int(settings.ENV["SDSITE_CHECKPOINT_GB"] * 2**30)


def clean_name(name: str) -> str:
    """Return a file's name without folders, reduced to letters, digits, dots, hyphens and underscores."""
    base = re.sub(r"[^A-Za-z0-9._-]+", "-", re.split(r"[/\\]", name)[-1]).lstrip(".-")
    stem, dot, suffix = base.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}{dot}{suffix.lower()}"


class UploadedWeights(UploadedFile):
    """A complete uploaded file on disk: its path and SHA-256."""

    def __init__(self, path: Path, name: str, size: int, sha256: str) -> None:
        """Set the path; no file is open."""
        super().__init__(None, name, "application/octet-stream", size)
        self.path = path
        self.sha256 = sha256

    def close(self) -> None:
        """Do nothing: no file is open."""


class WeightsHandler(FileUploadHandler):
    """Write the file of a form to the disk of the checkpoints in chunks; `refused` says why it was refused."""

    chunk_size = 2**20

    def __init__(self, request: Any = None) -> None:
        """Start without a file."""
        super().__init__(request)
        self.refused = ""
        self._file: Any = None
        self._path: Path | None = None
        self._digest = hashlib.sha256()
        self._size = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django's name for it
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Check the size before anything is written."""
        uploads_folder().mkdir(parents=True, exist_ok=True)
        if content_length > most_bytes() + FORM_BYTES:
            self._refuse_later(f"A file may have at most {most_bytes() / 2**30:g} GiB; see SDSITE_CHECKPOINT_GB.")
        elif content_length + SPARE_BYTES > shutil.disk_usage(uploads_folder()).free:
            self._refuse_later(DISK_FULL)

    def _refuse_later(self, why: str) -> None:
        # Not in handle_raw_input: the fields before the file must be read, the CSRF token among them.
        self.refused = why

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the file, if its name is one of a safetensors file."""
        super().new_file(*args, **kwargs)
        name = clean_name(self.file_name or "")
        if not self.refused:
            self.refused = _wrong_name(name)
        if self.refused:
            raise StopUpload(connection_reset=True)
        self._path = uploads_folder() / uuid.uuid4().hex / name
        self._path.parent.mkdir()
        self._file = self._path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a chunk; the first one shows whether this is a safetensors file."""
        if start == 0:
            self.refused = _wrong_start(raw_data)
        self._size += len(raw_data)
        if self._size > most_bytes():
            self.refused = f"A file may have at most {most_bytes() / 2**30:g} GiB; see SDSITE_CHECKPOINT_GB."
        if self.refused:
            self.discard()
            raise StopUpload(connection_reset=True)
        self._digest.update(raw_data)
        try:
            self._file.write(raw_data)
        except OSError as error:
            self.discard()
            if not is_disk_full(error):
                raise
            self.refused = DISK_FULL
            raise StopUpload(connection_reset=True) from error

    def file_complete(self, file_size: int) -> UploadedWeights | None:
        """Return the complete file."""
        if self._file is None or self._path is None:
            return None
        self._file.close()
        return UploadedWeights(self._path, self._path.name, self._size, self._digest.hexdigest())

    def upload_interrupted(self) -> None:
        """Delete the incomplete file."""
        self.discard()

    def discard(self) -> None:
        """Close and delete the file."""
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            shutil.rmtree(self._path.parent, ignore_errors=True)


def add_uploaded(upload: UploadedWeights, *, title: str, actor: User) -> Checkpoint:
    """Inspect an uploaded file and add its checkpoint; in any case the folder of the upload is deleted.

    Raises:
        LocationRefused: it is not a checkpoint that the site can use, or a file of that name exists already.
    """
    try:
        found = inspect(CheckpointSource(upload.path.stem, Checkpoint.Kind.FILE, str(upload.path)))
        target = Path(settings.MODELS_DIR) / upload.path.name
        if target.exists():
            raise LocationRefused(f"{target.name} exists already; give the file another name.")
        upload.path.rename(target)
    except GenerationError as error:
        raise LocationRefused(error.message) from error
    finally:
        shutil.rmtree(upload.path.parent, ignore_errors=True)
    title = title.strip()[:120] or target.stem
    return add_checkpoint(
        slug=free_slug(title),
        title=title,
        kind=Checkpoint.Kind.FILE,
        location=str(target),
        found=found,
        sha256=upload.sha256,
        actor=actor,
    )


def _wrong_name(name: str) -> str:
    try:
        refuse_pickle_name(Path(name))
    except GenerationError as error:
        return error.message
    if Path(name).suffix != ".safetensors" or not Path(name).stem:
        return "Only .safetensors files are accepted; other formats can run code when loaded."
    return ""


def _wrong_start(data: bytes) -> str:
    """Return why a file that begins with `data` is not a safetensors file; empty if it may be one."""
    length = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if 2 <= length <= _LONGEST_HEADER and data[8:9] == b"{":
        return ""
    if data.startswith(PICKLE_STARTS):
        return "This is a pickle under another name, which can run code when loaded; convert it to .safetensors."
    return "This is not a safetensors file."
