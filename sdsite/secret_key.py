"""The key that signs sessions and links, kept in the data folder."""

import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from sdsite.set_aside import set_aside


def of_folder(data_dir: Path) -> str:
    """Return the key of a data folder, which is created at the first start.

    Raises:
        ImproperlyConfigured: the data folder cannot be read or written.
    """
    path = data_dir / "secret_key"
    try:
        if path.exists() and not _read(path):
            set_aside(path)  # who was logged in has to log in again
        if not path.exists():
            _make(path)
        return _read(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {data_dir} cannot be used ({error.strerror}); set SDSITE_DATA to one that can."
        ) from error


def _read(path: Path) -> str:
    """Return the key in the file; empty if the file is damaged or a folder."""
    try:
        return path.read_text().strip()
    except (UnicodeDecodeError, IsADirectoryError):
        return ""


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"secret_key.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    try:
        fresh.write_text(secrets.token_urlsafe(50))
        path.hardlink_to(fresh)  # atomic: of two starting processes the first one wins
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
