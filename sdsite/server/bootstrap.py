"""Preparation of a site before its first request; every step is idempotent."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from sdsite import env, static_bundles
from sdsite.core import disk_space
from sdsite.server.supervisor import say
from sdsite.set_aside import set_aside, set_aside_unless_folder

ADMINISTRATOR = "admin"
FREE_BYTES_NEEDED = 50 * 1024**2
PRIVATE_UMASK = 0o077  # what the site writes is readable by its user alone
MANIFEST = "staticfiles.json"  # where Django says which collected file stands for which
PASSWORD_WORDS = 4
LEGIBLE = "abcdefghijkmnpqrstuvwxyz23456789"


class CannotStart(Exception):
    """The site cannot start for a reason outside it; the message is one sentence for the operator."""


def check_space(folder: Path) -> None:
    """Refuse to start on a disk that is nearly full, where SQLite, Valkey and images would all fail.

    Raises:
        CannotStart: less than FREE_BYTES_NEEDED are free.
    """
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES_NEEDED:
        raise CannotStart(
            f"Only {free // 1024**2} MB are free under {folder}; sdsite needs {FREE_BYTES_NEEDED // 1024**2} MB to run."
        )
    if disk_space.is_scarce():
        say(f"Disk: only {free // 1024**2} MB are free, so no new work is taken; see SDSITE_FREE_MB.")


def check_port(host: str, port: int) -> None:
    """Refuse an address that the web process cannot listen on.

    Raises:
        CannotStart: the port is taken or not allowed, or the host is not an address of this machine.
    """
    if not 1 <= port <= 65535:
        raise CannotStart(f"The port must be 1 to 65535; got {port}.")
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except PermissionError as error:
        raise CannotStart(f"Port {port} is reserved for root; choose one above 1023, such as 8000.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = (
                f"Port {port} is taken; choose another: make run PORT={port + 1}, or manage.py up --port {port + 1}."
            )
        else:
            reason = f"Cannot listen on {host} port {port}: {error.strerror}."
        raise CannotStart(reason) from error


def lock(data_dir: Path) -> IO[str]:
    """Take the lock of the data folder; it is held until the returned file is closed or this process ends.

    Raises:
        CannotStart: another site runs on the folder, or it cannot be written.
    """
    try:
        make_private(data_dir)
        path = data_dir / "up.lock"
        if path.is_dir():
            set_aside(path)
        file = path.open("a+", errors="replace")
    except OSError as error:
        raise CannotStart(
            f"The data folder {data_dir} cannot be written ({error.strerror}); see SDSITE_DATA."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise CannotStart(
            f"A site runs on {data_dir} already (process {holder}); stop it, or set SDSITE_DATA to another folder."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def make_private(data_dir: Path) -> None:
    """Create the data folder if it is missing, and allow only this user to read it, whatever modes it had.

    What lies directly in it loses the permissions of others too, so that a database or key that is moved elsewhere
    stays private. What belongs to another user, and what a link leads to, stays as it is.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if data_dir.stat().st_uid != os.getuid():
        return
    for path in (data_dir, *data_dir.iterdir()):
        try:
            found = path.lstat() if path != data_dir else path.stat()
            if found.st_uid == os.getuid() and found.st_mode & 0o077 and not stat.S_ISLNK(found.st_mode):
                path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
        except FileNotFoundError:  # a file of SQLite's that comes and goes
            continue


def prepare(*, static: bool = True) -> None:
    """Prepare the site before its parts start, and report what was done; `static`: it has a web process."""
    from generation.checkpoints import starter

    for line in env.report(settings.ENV_FILE):
        say(line)
    make_private(settings.DATA_DIR)

    is_new = is_database_new()
    applied = migrate()
    if applied:
        say(f"Database: {applied} migrations applied.")
    make_private(settings.DATA_DIR)  # again: the database may have been made just now
    check_media(is_new)
    password = first_administrator()
    if password is not None:
        say(f'\n    First administrator: "{ADMINISTRATOR}", password: {password}')
        say("    It is shown this once; change it after logging in.\n")
    if starter.offer():
        say("The starter checkpoint is registered.")
    if static and collect_static():
        say("Static files collected.")


def migrate() -> int:
    """Apply pending migrations; return their number."""
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    return pending


def is_database_new() -> bool:
    """Tell whether no migration was ever applied."""
    return not MigrationRecorder(connection).applied_migrations()


def check_media(is_new: bool) -> None:
    """Give database and media their common id, or say that they may not belong together; `is_new`: the database is."""
    from gallery.actions.media_identity import MediaMismatch, ensure_identity

    try:
        ensure_identity()
    except MediaMismatch as error:
        new = "A NEW DATABASE was made beside media that were there already. " if is_new else ""
        say(f"Media: {new}{error}\n       Until then no file is taken for left over.")
    except Exception as error:  # of a disk, or of any remote storage
        say(f"Media: the storage does not answer, the site starts without asking it: {error}")


def first_administrator() -> str | None:
    """Create the administrator of a site that has none; return the password if it was generated here, else None.

    `SDSITE_ADMIN_PASSWORD` is used where it is set. An existing administrator is never changed.
    """
    from sdsite.accounts import audit
    from sdsite.accounts.models import User

    with transaction.atomic():
        if User.objects.filter(is_superuser=True).exists() or User.objects.filter(username=ADMINISTRATOR).exists():
            return None
        given: str = settings.ENV["SDSITE_ADMIN_PASSWORD"]
        password = given or one_time_password()
        admin = User.objects.create_superuser(ADMINISTRATOR, password=password)
        audit.record(actor=None, action="user.first_administrator", target=admin)
    return None if given else password


def one_time_password() -> str:
    """Return four groups of four unambiguous characters (about 80 bits)."""
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(PASSWORD_WORDS))


def collect_static() -> bool:
    """Collect static files if any of them changed since the last time, or is missing now; return whether it did."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    wanted = _static_fingerprint()
    with _locked(root.parent):  # sites of several data folders may start at once
        try:
            if stamp.read_text() == wanted and _is_complete(root):
                return False
        except (OSError, UnicodeDecodeError):
            pass
        try:
            set_aside_unless_folder(root)
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(wanted)
        except OSError as error:
            raise CannotStart(f"Static files cannot be written to {root} ({error.strerror}).") from error
    return True


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time in; the lock is the folder's own, so that a read-only one can be locked too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_complete(root: Path) -> bool:
    """Tell whether the manifest of the collected files can be read, and the files that it names are there."""
    try:
        paths = json.loads((root / MANIFEST).read_bytes())["paths"].values()
        return all((root / path).is_file() for path in paths)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _static_fingerprint() -> str:
    """Return a hash of names, sizes and times of all static files; reading the files would take seconds."""
    digest = hashlib.sha256(Path(static_bundles.__file__).read_bytes())
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = os.stat(storage.path(name))
            digest.update(f"{name}\0{facts.st_size}\0{int(facts.st_mtime)}\n".encode())
    return digest.hexdigest()
