"""What one stranger or one member can do to the others: /healthz and memory under the worst requests that are known."""

import base64
import http.client
import io
import itertools
import json
import multiprocessing
import os
import socket
import statistics
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from sdsite.accounts.api_keys import create_key
from sdsite.devtools.bench.site import HOST, BenchFailed, BenchSite

CONNECTIONS = 4  # at once
ANSWER_SECONDS = 30.0
PROBE_SECONDS = 0.02  # between two questions
SETTLE_SECONDS = 30.0  # for memory to be given back
MOST_P99_MS, MOST_GROWTH = 250.0, 0.2
MB = 10**6
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
FRAMES = bytes([0x81, 0x81, 0, 0, 0, 0, 120]) * 9000  # masked text frames of one character
HEAD_OF_SOCKET = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: {nonce}\r\n{key}\r\n"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=60.0, help="Of the requests of each of the two.")


@dataclass(frozen=True)
class Attacker:
    """A client on one port, with a key or without; `seconds` bound what one request may take."""

    port: int
    key: str = ""
    seconds: float = 3.0

    def send(self, method: str, path: str, body: Any = None, kind: str = JSON) -> str:
        """Send a request; return its status, or why there is none. Bodies are bytes, or pieces of unstated length."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_SECONDS)
        headers = {"Content-Type": kind, **({"X-API-Key": self.key} if self.key else {})}
        try:
            connection.request(method, path, body, headers)
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()

    def flood(self, path: str) -> str:
        """Send small frames on a websocket as fast as they are taken, until the site hangs up or time is up."""
        ends = time.monotonic() + self.seconds
        key = f"X-API-Key: {self.key}\r\n" if self.key else ""
        nonce = base64.b64encode(os.urandom(16)).decode()
        with suppress(OSError), socket.create_connection((HOST, self.port), timeout=self.seconds) as client:
            host = f"{HOST}:{self.port}"
            client.sendall(HEAD_OF_SOCKET.format(path=path, host=host, nonce=nonce, key=key).encode())
            answer = client.recv(2000).split(b"\r\n")[0].decode("latin-1")
            if " 101 " not in answer:
                return answer[9:12]
            while time.monotonic() < ends:
                client.sendall(FRAMES)
            return "101"
        return "closed"

    def trickle(self) -> str:
        """Send the heads of 50 requests byte by byte until the seconds are over."""
        ends = time.monotonic() + self.seconds
        clients: list[socket.socket] = []
        with suppress(OSError):
            clients += [socket.create_connection((HOST, self.port), timeout=1) for _ in range(50)]
            while time.monotonic() < ends:
                for client in clients:
                    client.sendall(b"P")
                time.sleep(0.2)
        for client in clients:
            client.close()
        return "held"


Request = Callable[[Attacker], str]


def _post(path: str, body: Any, kind: str = JSON) -> Request:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda attacker: attacker.send("POST", path, data, kind)


def _chunks(path: str, megabytes: int) -> Request:
    piece = b"x" * MB
    return lambda attacker: attacker.send("POST", path, itertools.repeat(piece, megabytes), FORM)


def _get(path: str) -> Request:
    return lambda attacker: attacker.send("GET", path)


def _socket(path: str) -> Request:
    return lambda attacker: attacker.flood(path)


def _large_image() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (8000, 8000)).save(buffer, "PNG")
    return buffer.getvalue()


def _strangers_requests() -> dict[str, Request]:
    wide = {f"f{number}": 1 for number in range(300_000)}
    return {
        "a login of 30 MB": _post("/accounts/login/", b"x" * 30 * MB, FORM),
        "a login of 30 MB in chunks": _chunks("/accounts/login/", 30),
        "wide JSON": _post("/api/v1/jobs", wide),
        "logins": _post("/accounts/login/", b"login=admin&password=wrong", FORM),
        "heads of 15 KB": lambda attacker: attacker.send("GET", "/?" + "a" * 15_000),
        "heads that trickle in": lambda attacker: attacker.trickle(),
        "frames on a websocket": _socket("/ws/events/"),
        "frames on the jobs' websocket": _socket("/ws/generate/"),
    }


def _members_requests() -> dict[str, Request]:
    dry = "/api/v1/jobs?dry_run=true"
    spaces = " " * 9_900 + "{a|b} x"
    scales = {"field": "guidance_scale", "values": [1 + number / 10 for number in range(64)]}
    seeds = {"field": "seed", "values": [1, 2, 3, 4]}
    dynamic = "{a|b|c} (fox:1.2), " * 120
    return {
        "spaces": _post(dry, {"prompt": spaces, "negative_prompt": spaces, "count": 16}),
        "300,000 names": _post("/api/v1/jobs", {f"f{number}": 1 for number in range(300_000)}),
        "2,000 names": _post("/api/v1/jobs", {f"f{number}": 1 for number in range(2_000)}),
        "300,000 LoRAs": _post("/sdapi/v1/txt2img", {"loras": [{"name": "a"}] * 300_000}),
        "a grid of long prompts": _post(
            dry, {"prompt": "[a:b:0.5] (c:1.1), " * 500, "grid": {"axes": [scales, seeds]}}
        ),
        "a grid of dynamic prompts": _post(dry, {"prompt": dynamic, "grid": {"axes": [scales, seeds]}}),
        "alternation": _post(dry, {"prompt": "[a|b] " * 1_600, "steps": 150}),
        "settings text": _post("/api/v1/settings-of", {"text": "a: b, " * 40_000}),
        "64 megapixels": _post("/api/v1/uploads", _large_image(), "image/png"),
        "a search": _get("/api/v1/images?q=" + "%22a%20-b*%20" * 30),
        "the library": _get("/library/"),
        "a list of jobs": _get("/api/v1/jobs?limit=100"),
        "a graph": _post(
            "/prompt", {"prompt": {str(n): {"class_type": "KSampler", "inputs": {}} for n in range(3_000)}}
        ),
        "300 MB": _chunks("/api/v1/jobs", 300),
        "frames on a websocket": _socket("/ws/events/"),
        "frames on the jobs' websocket": _socket("/ws/generate/"),
    }


REQUESTS: dict[str, Callable[[], dict[str, Request]]] = {"stranger": _strangers_requests, "member": _members_requests}


def attack(attacker: Attacker, who: str, seconds: float, told: Any) -> None:
    """Send the requests of `who` in turn from CONNECTIONS threads for `seconds`; put the answers into `told`.

    With 0 seconds each is sent once.
    """
    requests = list(REQUESTS[who]().items())
    answers: Counter[tuple[str, str]] = Counter()
    ends = time.monotonic() + seconds

    def send(turns: Iterator[tuple[str, Request]]) -> None:
        for name, request in turns:
            answers[name, request(attacker)] += 1
            if seconds and time.monotonic() > ends:
                return

    if not seconds:
        send(iter(requests))
    else:
        starts = range(0, len(requests), -(-len(requests) // CONNECTIONS))
        turns = [itertools.cycle(requests[start:] + requests[:start]) for start in starts]
        threads = [threading.Thread(target=send, args=(turn,)) for turn in turns]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told.put([(name, answer, count) for (name, answer), count in sorted(answers.items())])


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Measure /healthz alone, then under the requests of a stranger and of a member.

    Raises:
        BenchFailed: a part of the site died, or this system does not tell the memory of processes.
    """
    with BenchSite(web=True) as site:
        _, key = create_key(owner=site.owner, name="bench", scopes=["generate", "read", "write"])
        attackers = {"stranger": Attacker(site.port), "member": Attacker(site.port, key)}
        for who, attacker in attackers.items():  # once each, so that caches and modules are not counted as growth
            _measure(site, attacker, who, 0)
        write(f"{'':>10} {'/healthz':>9} {'p50':>9} {'p99':>9} {'worst':>9} {'web before':>11} {'after':>9}")
        for who, attacker in attackers.items():
            before = _resident(site)
            times, answers = _measure(site, attacker, who, options["seconds"])
            after = _settled(site, before)
            p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
            held = p99 <= MOST_P99_MS and after <= before * (1 + MOST_GROWTH)
            write(
                f"{who:>10} {len(times):>9} {p50:>6.1f} ms {p99:>6.1f} ms {max(times):>6.1f} ms {before:>8.1f} MB "
                f"{after:>6.1f} MB  {'held' if held else 'NOT HELD'}"
            )
            for name, answer, count in answers:
                write(f"{'':>10}   {name}: {answer} x {count}")


def _measure(
    site: BenchSite, attacker: Attacker, who: str, seconds: float
) -> tuple[list[float], list[tuple[str, str, int]]]:
    """Return the milliseconds of each question to /healthz while `who` attacks, and the answers to the attacker."""
    context = multiprocessing.get_context("fork")  # a process of its own, which does not hold up the questions
    told = context.Queue()
    process = context.Process(target=attack, args=(attacker, who, seconds, told))
    process.start()
    times: list[float] = []
    while process.is_alive() and told.empty():
        times.append(_ask(site.port))
        site.supervisor.step(PROBE_SECONDS)
        if site.supervisor.failing():
            process.terminate()
            raise BenchFailed("A part of the site died.")
    answers = told.get(timeout=ANSWER_SECONDS)
    process.join(ANSWER_SECONDS)
    return times, answers


def _ask(port: int) -> float:
    began = time.monotonic()
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    connection.close()
    return (time.monotonic() - began) * 1000


def _resident(site: BenchSite) -> float:
    """Return the resident memory of the web process in MB."""
    try:
        status = Path(f"/proc/{site.supervisor.running['web'].process.pid}/status").read_text()
    except OSError as error:
        raise BenchFailed("bench hostile reads the memory of processes from /proc, which is not there.") from error
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def _settled(site: BenchSite, before: float) -> float:
    """Return the resident memory once it is back near `before`, at the latest after SETTLE_SECONDS."""
    ends = time.monotonic() + SETTLE_SECONDS
    while (now := _resident(site)) > before * (1 + MOST_GROWTH) and time.monotonic() < ends:
        site.supervisor.step(0.5)
    return now
