"""Download a checkpoint's files from the Hub: safetensors and configs only; files that are there are kept.

The Hub's own client restarts a file that was interrupted (huggingface_hub 2.4), which may never finish for gigabytes;
here a download resumes where it stopped, and the published SHA-256 verifies the file.
"""

import errno
import hashlib
import http
import io
import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from generation.errors import GenerationError
from generation.weights.families import PICKLE_SUFFIXES
from generation.weights.hub_files import INDEX, RemoteFile, choose_files
from generation.weights.reading import first_line, parse_json

UNFINISHED = ".part"
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
SPARE_BYTES = 2**30  # that stay free on the disk
PATIENCE_SECONDS = 20.0  # without a single byte
MOST_TRIES = 4  # in a row, without a single byte
_CHUNK = 1 << 20
Told = Callable[[int], None]


@dataclass(frozen=True)
class Plan:
    """The files to download from a commit of a repository."""

    repository: str
    commit: str
    files: tuple[RemoteFile, ...]

    @property
    def total_bytes(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def make_plan(repository: str, *, revision: str = "", filename: str = "", half: bool = True) -> Plan:
    """Ask the Hub for the files of `repository`, and choose those that a checkpoint needs.

    Args:
        repository: "owner/name".
        revision: branch, tag or commit; empty: the main branch.
        filename: one `.safetensors` file to fetch; empty: the whole checkpoint in diffusers format.
        half: take the fp16 files where every part has them.

    Raises:
        GenerationError: `checkpoint_missing`, the Hub does not provide it; `checkpoint_invalid`, it is not a supported
            checkpoint, or has pickles only.
    """
    from huggingface_hub import HfApi

    try:
        info = HfApi(endpoint=_endpoint(), token=_token()).model_info(
            repository, revision=revision or None, files_metadata=True
        )
    except Exception as error:
        raise _away(repository, error) from error
    files = {one.rfilename: _remote(one) for one in info.siblings or ()}
    commit = str(info.sha)
    if filename:
        return Plan(repository, commit, (_single(files, filename, repository),))
    index = _index_of(files, repository, commit)
    return Plan(repository, commit, tuple(choose_files(files.values(), index, repository=repository, half=half)))


def fetch(plan: Plan, folder: Path, *, told: Told) -> None:
    """Download every file of `plan` into `folder`, resuming where an earlier call stopped.

    `told(bytes)` is called with the bytes so far after every piece; an exception that it raises stops the download and
    is passed on, and what was downloaded stays.

    Raises:
        GenerationError: `checkpoint_missing`, the Hub does not provide a file or it is damaged; `refused`, the disk is
            too full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    there = sum(_there(folder, file) for file in plan.files)
    short = plan.total_bytes - there + SPARE_BYTES - shutil.disk_usage(folder).free
    if short > 0:
        raise GenerationError("refused", f"The disk of the checkpoints is too full; free {short / 1e9:.1f} GB more.")
    done = 0
    for file in plan.files:
        _fetch_file(plan, file, folder, _after(told, done))
        done += file.size
        told(done)


def _after(told: Told, before: int) -> Told:
    return lambda own: told(before + own)


class _Told(io.FileIO):
    """A file to append to that reports its length after every write."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(path, "a+b")
        self._told = told
        self.seek(0, os.SEEK_END)

    def write(self, data: Any) -> int:
        written = super().write(data)
        self._told(self.tell())
        return written


def _fetch_file(plan: Plan, file: RemoteFile, folder: Path, told: Told) -> None:
    from huggingface_hub import hf_hub_url

    target = _inside(folder, file.path)
    if target.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + UNFINISHED)
    url = hf_hub_url(plan.repository, file.path, revision=plan.commit, endpoint=_endpoint())
    with _Told(part, told) as growing:
        try:
            _read_on(url, growing, file.size)
        except Exception as error:
            if not (isinstance(error, OSError) or _is_of_the_line(error)):
                raise  # raised by `told`
            if getattr(error, "errno", None) in DISK_FULL:
                raise GenerationError("refused", "The disk of the checkpoints is full.") from error
            raise _away(f"{plan.repository}/{file.path}", error) from error
    if file.sha256 and _sha256(part, lambda: told(file.size)) != file.sha256:
        part.unlink()
        raise GenerationError(
            "checkpoint_missing",
            f"{plan.repository}/{file.path} came damaged and was removed; resume to fetch it again.",
        )
    part.rename(target)


def _read_on(url: str, growing: "_Told", size: int) -> None:
    """Append to `growing` until it has `size` bytes; retry broken connections while any bytes arrive."""
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    tries = 0
    if growing.tell() > size:
        growing.truncate(0)
    while (start := growing.tell()) < size:
        headers = {**build_hf_headers(token=_token() or False), "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            with get_session().stream(
                "GET", url, headers=headers, follow_redirects=True, timeout=PATIENCE_SECONDS
            ) as answer:
                hf_raise_for_status(answer)
                if start and answer.status_code != http.HTTPStatus.PARTIAL_CONTENT:
                    growing.truncate(0)  # the whole file is sent again
                for piece in answer.iter_bytes(_CHUNK):
                    growing.write(piece)
        except Exception as error:
            if not _is_of_the_line(error) or tries >= MOST_TRIES:
                raise
        tries = 0 if growing.tell() > start else tries + 1
        if tries > MOST_TRIES:
            raise OSError("it ends too early.")
        if growing.tell() < size:
            time.sleep(tries)


def _is_of_the_line(error: Exception) -> bool:
    """Return whether an error is one of the connection; the Hub's client may use either of these libraries."""
    return type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2")


def _inside(folder: Path, path: str) -> Path:
    """Return the location of `path` in `folder`; the paths of a repository are untrusted."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise GenerationError("checkpoint_invalid", f"The repository names a file outside of itself: {path!r:.80}.")
    return folder / path


def _there(folder: Path, file: RemoteFile) -> int:
    target = _inside(folder, file.path)
    part = target.with_name(target.name + UNFINISHED)
    found = target if target.is_file() else part
    return min(found.stat().st_size, file.size) if found.is_file() else 0


def _sha256(path: Path, alive: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(64 * _CHUNK):
            digest.update(chunk)
            alive()
    return digest.hexdigest()


def _remote(sibling: Any) -> RemoteFile:
    return RemoteFile(sibling.rfilename, int(sibling.size or 0), str(getattr(sibling.lfs, "sha256", "") or ""))


def _single(files: dict[str, RemoteFile], filename: str, repository: str) -> RemoteFile:
    file = files.get(filename)
    if file is None or not filename.endswith(".safetensors"):
        raise GenerationError(
            "checkpoint_invalid", f"{repository} has no file {filename!r:.80} in safetensors; it has {_offered(files)}."
        )
    return file


def _index_of(files: dict[str, RemoteFile], repository: str, commit: str) -> dict[str, Any]:
    """Return the repository's model_index.json; the error says what to do where there is none."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers, get_session

    if INDEX not in files:
        if any(path.endswith(".safetensors") for path in files):
            why = f"is not in diffusers format; name the single file to fetch: {_offered(files)}"
        elif any(PurePosixPath(path).suffix in PICKLE_SUFFIXES for path in files):
            why = "holds only pickles, which can run code when loaded; look for one with safetensors"
        else:
            why = "holds no checkpoint"
        raise GenerationError("checkpoint_invalid", f"{repository} {why}.")
    url = hf_hub_url(repository, INDEX, revision=commit, endpoint=_endpoint())
    try:
        answer = get_session().get(
            url, headers=build_hf_headers(token=_token() or False), follow_redirects=True, timeout=30
        )
        answer.raise_for_status()
        index = parse_json(answer.content)
    except Exception as error:
        raise _away(f"{repository}/{INDEX}", error) from error
    return index if isinstance(index, dict) else {}


def _offered(files: Iterable[str]) -> str:
    names = sorted(path for path in files if path.endswith(".safetensors"))
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "none"


def _away(what: str, error: Exception) -> GenerationError:
    return GenerationError(
        "checkpoint_missing",
        f"The Hub does not give {what}: {first_line(error)} Check the name, the network and HF_TOKEN.",
    )


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _token() -> str | None:
    return os.environ.get("HF_TOKEN") or None
