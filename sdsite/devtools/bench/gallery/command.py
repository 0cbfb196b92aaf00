"""Duration of pages and queries of the gallery with few and with very many images, on SQLite or PostgreSQL."""

import http.client
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from sdsite.accounts.models import User
from sdsite.devtools.bench.gallery.fill import SHARE, fill
from sdsite.devtools.bench.gallery.measured import requests
from sdsite.devtools.bench.site import HOST, BenchFailed, BenchSite
from sdsite.server import bootstrap

FEW = 10_000
MOST_RATIO, MOST_MS = 1.2, 150.0
TIMEOUT_SECONDS = 120


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--images", type=int, default=1_000_000, help="Images of the full database.")
    parser.add_argument("--few", type=int, default=FEW, help="Images of the small one that it is compared with.")
    parser.add_argument("--runs", type=int, default=9, help="Requests of each kind; the median counts.")
    parser.add_argument("--only", default="", help="Only what has this in its name.")
    parser.add_argument(
        "--postgres", action="store_true", help="On an embedded PostgreSQL (development machines) instead of SQLite."
    )


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Fill the database, request everything, fill it further, request it again, and print a table.

    Raises:
        BenchFailed: a request was not answered with 200.
    """
    few = _measure(0, options["few"], options, write)
    many = _measure(options["few"], options["images"], options, write)
    write(
        f"\n{connection.vendor}, medians of {options['runs']} requests over HTTP in ms; one person owns 1 of {SHARE} "
        f"images.\nGoal: at most x {MOST_RATIO} and {MOST_MS:.0f} ms\n"
    )
    write(f"| {'request':32} | {options['few']:>9,} | {options['images']:>9,} | ratio |")
    write(f"|{'-' * 34}|{'-' * 10}:|{'-' * 10}:|{'-' * 6}:|")
    for name, before in few.items():
        if name in many:
            after = many[name]
            write(f"| {name:32} | {before:>9.0f} | {after:>9.0f} | {after / before:>5.2f} |")


def _measure(first: int, last: int, options: dict[str, Any], write: Callable[[str], object]) -> dict[str, float]:
    """Return the median milliseconds of each request with `last` images, of which those before `first` exist."""
    bootstrap.collect_static()
    site = BenchSite(web=True, workers=[])
    with site:
        fill(site.owner, first, last)
        cookie = _session(site.owner)
        medians = {}
        for one in requests(site.owner):
            if options["only"] in one.name:
                taken = [_request(site.port, one.path, cookie) for _ in range(options["runs"] + 2)]
                write(f"{last:,} images, {one.name}: {1000 * statistics.median(taken[2:]):.0f} ms")
                medians[one.name] = 1000 * statistics.median(taken[2:])  # the first two warm up
        return medians


def _session(user: User) -> str:
    """Return the cookie of a new session of `user`."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def _request(port: int, path: str, cookie: str) -> float:
    """Return the seconds until the whole response has come."""
    link = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    began = time.perf_counter()
    link.request("GET", path, headers={"Cookie": cookie})
    response = link.getresponse()
    body = response.read()
    taken = time.perf_counter() - began
    link.close()
    if response.status != 200:
        raise BenchFailed(f"GET {path} was answered with {response.status}: {body[:300]!r}")
    return taken
