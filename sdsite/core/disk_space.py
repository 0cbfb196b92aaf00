"""Free space of the site's disks: a floor below which no new work begins, and how errors of a full disk look.

Between the floor and a tenth of it, the reserve, what runs is finished. Below the reserve no image is written either,
so that database and sessions keep working; jobs wait.
"""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

MB = 1_000_000
RESERVE_SHARE = 0.1  # of the floor
HARDLY_ANY = 1 * MB  # below this an input/output error of SQLite means a full disk
FULL = {errno.ENOSPC, errno.EDQUOT}
SQLITE_FULL = "database or disk is full"
SQLITE_IO = ("disk i/o error", "unable to open database file")
POSTGRESQL_FULL = "53100"  # SQLSTATE of disk_full
MESSAGE = (
    "The site's disk is nearly full, so it takes no new work until there is space. Its administrators must free some."
)


class DiskFull(OSError):
    """Too little space is left for what was asked; looks like the error of the system."""

    def __init__(self) -> None:
        """Use the message for people; it says nothing about the server's folders."""
        super().__init__(errno.ENOSPC, MESSAGE)

    def __str__(self) -> str:
        """Return the message."""
        return MESSAGE


def free_bytes() -> int:
    """Return the free bytes of the fullest of the site's disks."""
    return min((shutil.disk_usage(folder).free for folder in _folders()), default=0)


def _folders() -> Iterator[Path]:
    """Yield the folders that the site writes to; those of media and checkpoints may be on other disks."""
    for folder in (settings.DATA_DIR, settings.MEDIA_ROOT, settings.MODELS_DIR):
        if Path(folder).is_dir():
            yield Path(folder)


def floor_bytes() -> int:
    """Return the free bytes below which no new work begins; 0: no floor."""
    return int(settings.ENV["SDSITE_FREE_MB"] * MB)


def is_scarce() -> bool:
    """Tell whether fewer than the floor are free."""
    return free_bytes() < floor_bytes()


def is_exhausted() -> bool:
    """Tell whether hardly anything is free, so that writes of the database fail or soon will."""
    return free_bytes() < HARDLY_ANY


def require_floor() -> None:
    """Refuse new work on a disk that is nearly full.

    Raises:
        DiskFull: fewer than the floor are free.
    """
    if is_scarce():
        raise DiskFull


def require_reserve() -> None:
    """Refuse to write a finished image where the database would soon have no space left.

    Raises:
        DiskFull: fewer than the reserve are free.
    """
    if free_bytes() < floor_bytes() * RESERVE_SHARE:
        raise DiskFull


def is_disk_full(error: BaseException | None) -> bool:
    """Tell whether `error`, or one that caused it, says that a disk or quota is full."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if _says_full(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    if not isinstance(error, DatabaseError):
        return False
    text = str(error).lower()
    if SQLITE_FULL in text or getattr(error.__cause__, "sqlstate", None) == POSTGRESQL_FULL:
        return True
    return any(words in text for words in SQLITE_IO) and is_exhausted()
