"""Moving of damaged helper files aside: nothing that can be made again may keep the site from starting."""

import logging
import time
from pathlib import Path

logger = logging.getLogger(__name__)


def set_aside(path: Path) -> Path:
    """Rename a damaged file or folder, so that a new one can take its name; return where it lies now.

    Raises:
        OSError: it cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.unreadable-{time.time_ns()}")
    path.rename(aside)
    logger.warning("%s cannot be used; it was moved to %s and a new one is made", path, aside.name)
    return aside


def set_aside_unless_folder(path: Path) -> None:
    """Move whatever has the name of a folder and is none out of its way."""
    if not path.is_dir() and (path.exists() or path.is_symlink()):
        set_aside(path)
