"""Files of the media storage, local or remote: written whole or not at all, moved, listed, removed."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)


def save_files(files: Mapping[str, bytes]) -> list[str]:
    """Write the files of one row by their names; return the names that they got. If one fails, none stays.

    Raises:
        OSError: one could not be written, because the disk is full for example. A remote storage raises errors of
            its own.
    """
    names: list[str] = []
    for name, data in files.items():
        try:
            names.append(default_storage.save(name, ContentFile(data)))
        except BaseException:
            remove_files([*names, name])  # a local storage leaves what it had written so far
            raise
    return names


def remove_files(names: list[str]) -> None:
    """Delete files; one that cannot be deleted is logged and left to the sweep."""
    for name in names:
        try:
            default_storage.delete(name)
        except Exception as error:  # a remote storage has errors of its own
            logger.warning("file %s could not be deleted: %s", name, error)


def move_file(name: str, to: str) -> None:
    """Give a file another name: renamed on a local disk, copied and then deleted in a remote storage.

    Raises:
        FileNotFoundError: there is no such file.
    """
    target = default_storage.get_available_name(to)
    try:
        source = Path(default_storage.path(name))
    except NotImplementedError:
        with default_storage.open(name) as file:
            default_storage.save(target, file)
        default_storage.delete(name)
        return
    path = Path(default_storage.path(target))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.rename(path)


def files_by_folder(folder: str) -> Iterator[list[str]]:
    """Yield the names of the files of each folder below `folder`; one folder has the files of one job or user."""
    try:
        folders, files = default_storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    if files:
        yield [f"{folder}/{name}" for name in files]
    for name in folders:
        yield from files_by_folder(f"{folder}/{name}")


def remove_empty_folders(folder: str) -> None:
    """Remove the folders below `folder`, and itself, that hold nothing; a remote storage has none."""
    try:
        root = Path(default_storage.path(folder))
    except NotImplementedError:
        return
    for path in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        _remove_if_empty(path)
    _remove_if_empty(root)


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:  # not empty, or gone
        return
