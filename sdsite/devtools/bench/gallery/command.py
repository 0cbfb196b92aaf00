"""Duration of pages and queries of the gallery with few and with very many images, on SQLite or PostgreSQL."""

import http.client
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.test import Client

from gallery.models import Image
from sdsite.accounts.models import User
from sdsite.devtools.bench.gallery.fill import SHARE, fill
from sdsite.devtools.bench.gallery.measured import requests
from sdsite.devtools.bench.site import HOST, BenchFailed, BenchSite
from sdsite.server import bootstrap

FEW = 10_000
MOST_RATIO, MOST_MS = 1.2, 150.0
WARM_UP = 2  # requests of each kind that are not counted
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Medians:
    """Medians of one request in milliseconds: until the response has come, and of the processor alone."""

    over_http: float
    in_process: float


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--images", type=int, default=1_000_000, help="Images of the full database.")
    parser.add_argument("--few", type=int, default=FEW, help="Images of the small one that it is compared with.")
    parser.add_argument("--runs", type=int, default=5, help="Requests of each kind; the median counts.")
    parser.add_argument("--only", default="", help="Only what has this in its name.")
    parser.add_argument(
        "--keep",
        metavar="FOLDER",
        help="Fill the database in this folder and keep it; with what it has, only larger numbers can be measured.",
    )
    parser.add_argument(
        "--postgres", action="store_true", help="On an embedded PostgreSQL (development machines) instead of SQLite."
    )


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Fill the database, request everything, fill it further, request it again, and print a table.

    Raises:
        BenchFailed: a request was not answered with 200.
    """
    bootstrap.collect_static()
    site = BenchSite(web=True, workers=[])
    taken: dict[int, dict[str, Medians]] = {}
    with site:
        for number in (options["few"], options["images"]):
            there = Image.objects.count()
            if there < number:
                fill(site.owner, there, number)
            if there <= number:
                taken[number] = _measure(site, options, write, number)
    write(
        f"\n{connection.vendor}, medians of {options['runs']} requests over HTTP / of the processor alone, in ms; one "
        f"person owns 1 of {SHARE} images.\nGoal: at most x {MOST_RATIO} and {MOST_MS:.0f} ms\n"
    )
    for line in _table(taken):
        write(line)


def _table(taken: dict[int, dict[str, Medians]]) -> Iterator[str]:
    """Yield the lines of a table with a column for each number of images, and the ratio of the last to the first."""
    yield f"| {'request':32} |{''.join(f' {number:>13,} |' for number in taken)}  ratio |"
    yield f"|{'-' * 34}|{('-' * 14 + ':|') * len(taken)}{'-' * 7}:|"
    few, *more = taken.values()
    for name, before in few.items():
        cells = "".join(f" {one[name].over_http:>5.0f} / {one[name].in_process:>5.0f} |" for one in taken.values())
        ratio = f"{more[-1][name].in_process / before.in_process:.2f}" if more else ""
        yield f"| {name:32} |{cells} {ratio:>6} |"


def _measure(
    site: BenchSite, options: dict[str, Any], write: Callable[[str], object], number: int
) -> dict[str, Medians]:
    """Return the medians of each request, and write each as soon as it is known."""
    cookie = _session(site.owner)
    inside = Client(SERVER_NAME=HOST, headers={"cookie": cookie})
    medians = {}
    for one in requests(site.owner):
        if options["only"] in one.name:
            over_http = _median(partial(_request, site.port, one.path, cookie), options["runs"])
            found = Medians(over_http, _median(partial(_request_inside, inside, one.path), options["runs"]))
            write(f"{number:,} images, {one.name}: {found.over_http:.0f} / {found.in_process:.0f} ms")
            medians[one.name] = found
    return medians


def _median(request: Callable[[], float], runs: int) -> float:
    return 1000 * statistics.median([request() for _ in range(runs + WARM_UP)][WARM_UP:])


def _request_inside(client: Client, path: str) -> float:
    """Return the seconds of processor time of a request that is answered in this process."""
    began = time.process_time()
    response = client.get(path)
    taken = time.process_time() - began
    if response.status_code != 200:
        raise BenchFailed(f"GET {path} was answered with {response.status_code}: {response.content[:300]!r}")
    return taken


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
