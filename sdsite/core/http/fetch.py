"""Fetch what an address from somebody points to, without becoming their way into the site's own network.

The name is resolved once, every address it has is checked, and the connection goes to a checked address itself: a
name that changes its mind between check and connect (DNS rebinding) gains nothing. TLS and the Host header still
speak of the name. Redirects start over. `http.client` is used as it stands, because it connects to whatever socket it
is given and knows nothing of proxies from the environment; a session library would have to be talked out of both.
"""

import http.client
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings

from sdsite.core.http.addresses import Address, Allowed, is_public
from sdsite.core.http.deadline_socket import SocketLine, seconds_left

logger = logging.getLogger(__name__)

PORTS = {"http": (80, 8080), "https": (443, 8443)}
REDIRECTS = 5
LONGEST_URL = 2048
CHUNK = 64 * 1024
HEAD = 512  # bytes by which the kind is judged
_PATH = "/%:@!$&'()*+,;=~-._"  # characters that an address may hold as they are
_REDIRECTED = (301, 302, 303, 307, 308)
# One sentence for names that do not exist and names that lead inside: whoever asks learns nothing of the inside.
OUTSIDE_ONLY = "leads to no public address; the site goes to no others"


class FetchRefused(ValueError):
    """An address that is not fetched, or gave nothing of use; the message is a sentence for people."""


@dataclass(frozen=True)
class Wanted:
    """What is hoped for: the `Accept` header, the words for it, and how its first HEAD bytes are told."""

    header: str
    words: str
    begins_right: Callable[[bytes], bool]


@dataclass(frozen=True)
class Target:
    """One address, read: `host` in ASCII and without brackets, `path` with its query, both fit to be sent."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as the `Host` header names it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme][0] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address again."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def headers(self) -> dict[str, str]:
        """What every request says."""
        return {
            "Host": self.authority,
            "User-Agent": "sdsite",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }


@dataclass(frozen=True)
class _Answer:
    body: bytes = b""
    moved_to: str = ""


def fetch(url: str, *, most_bytes: int, timeout: float, accept: Wanted) -> bytes:
    """Return the body that `url` answers with.

    Args:
        url: http or https, no user name inside, port 80, 8080, 443 or 8443 (hosts of SDSITE_FETCH_ALLOW: any).
        most_bytes: longest body; what is longer is refused, as soon as that is known.
        timeout: seconds for everything together: names, redirects, connecting, reading.
        accept: what it must be, by its first bytes; what the server calls it does not matter.

    Raises:
        FetchRefused: a bad address, one that is not public, more than REDIRECTS redirects, too slow, too large, an
            answer other than 200, or another kind of thing. Never says what is inside the site's network.
    """
    began, deadline = time.monotonic(), time.monotonic() + timeout
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    here = url
    try:
        for _ in range(REDIRECTS + 1):
            target = read_address(here, allowed)
            answer = _ask(target, allowed, deadline, most_bytes, accept)
            if not answer.moved_to:
                _log(here, "fetched", began, len(answer.body))
                return answer.body
            here = urljoin(target.url, answer.moved_to)
        raise FetchRefused(f"The address redirects more than {REDIRECTS} times.")
    except FetchRefused as refused:
        _log(here, f"refused: {refused}", began)
        raise
    except TimeoutError as error:
        _log(here, "too slow", began)
        raise FetchRefused(f"The address did not answer completely within {timeout:g} s.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        _log(here, f"failed: {type(error).__name__}", began)
        raise FetchRefused("The address did not give a proper answer.") from error


def read_address(url: str, allowed: Allowed) -> Target:
    """Return the parts of an address that may be asked at all; whether it is public is not looked at yet.

    Raises:
        FetchRefused: it is none, or too long, or has a scheme, a user name or a port that is not allowed.
    """
    if len(url) > LONGEST_URL:
        raise FetchRefused(f"The address must be at most {LONGEST_URL} characters.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").encode("idna" if parts.hostname else "ascii").decode()
    except ValueError as error:
        raise FetchRefused("The address cannot be read.") from error
    if any(character <= " " or character in '\\\x7f"<>' for character in url):
        raise FetchRefused("The address must not contain spaces, backslashes or control characters.")
    if parts.scheme not in PORTS or not host:
        raise FetchRefused("The address must begin with http:// or https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused("The address must not carry a user name or password.")
    if port is not None and port not in PORTS[parts.scheme] and not _is_allowed_host(host, allowed):
        ports = " or ".join(str(one) for one in PORTS[parts.scheme])
        raise FetchRefused(f"The address must use port {ports}; got {port}.")
    path = quote(parts.path or "/", safe=_PATH)
    query = f"?{quote(parts.query, safe=_PATH + '?[]')}" if parts.query else ""
    return Target(parts.scheme, host, port or PORTS[parts.scheme][0], path + query)


def _is_allowed_host(host: str, allowed: Allowed) -> bool:
    with suppress(ValueError):
        return allowed.address(ipaddress.ip_address(host))
    return allowed.host(host)


def _ask(target: Target, allowed: Allowed, deadline: float, most_bytes: int, accept: Wanted) -> _Answer:
    """Send one request to a checked address of `target` and read the answer."""
    with connected(target, allowed, deadline) as connection:
        connection.request("GET", target.path, headers={**target.headers, "Accept": accept.header})
        return _answer(connection.getresponse(), most_bytes, accept)


@contextmanager
def connected(target: Target, allowed: Allowed, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """Yield a connection to a checked address of `target`; whatever it does ends at `deadline` (monotonic seconds).

    Raises:
        FetchRefused: the host has an address that is neither public nor allowed, or none.
        TimeoutError, OSError: nobody takes the connection.
    """
    addresses = _addresses(target, allowed, deadline)
    with _connect(addresses, target.port, deadline) as plain:
        sock = _secured(plain, target.host, deadline) if target.scheme == "https" else plain
        with sock:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = SocketLine(sock, deadline)
            yield connection


def _answer(response: http.client.HTTPResponse, most_bytes: int, accept: Wanted) -> _Answer:
    if response.status in _REDIRECTED and response.headers.get("Location"):
        return _Answer(moved_to=response.headers["Location"])
    if response.status != 200:
        raise FetchRefused(f"The address answered with status {response.status}.")
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise FetchRefused("The address answered compressed, which was not asked for.")
    if response.length is not None and response.length > most_bytes:
        raise FetchRefused(_too_large(most_bytes))
    body, judged = bytearray(), False
    while piece := response.read1(CHUNK):
        body += piece
        if len(body) > most_bytes:
            raise FetchRefused(_too_large(most_bytes))
        if not judged and len(body) >= HEAD:
            _judge(body, accept)
            judged = True
    if response.length:  # read1 does not mind when the other side stops early
        raise FetchRefused("The address ended its answer early.")
    _judge(body, accept)
    return _Answer(bytes(body))


def _judge(body: bytearray, accept: Wanted) -> None:
    if not accept.begins_right(bytes(body[:HEAD])):
        raise FetchRefused(f"The address must lead to {accept.words}; it leads to something else.")


def _too_large(most_bytes: int) -> str:
    return f"What the address leads to must be at most {most_bytes / 1e6:.1f} MB."


def _addresses(target: Target, allowed: Allowed, deadline: float) -> list[Address]:
    """Return every address of the target's host; all of them public or allowed.

    Raises:
        FetchRefused: one of them is neither, or there is none.
    """
    found = [ipaddress.ip_address(name.partition("%")[0]) for name in _resolve(target, deadline)]
    if not found or not (allowed.host(target.host) or all(is_public(one) or allowed.address(one) for one in found)):
        raise FetchRefused(f"The address {OUTSIDE_ONLY}.")
    return found


def _resolve(target: Target, deadline: float) -> list[str]:
    """Ask the system's resolver, which knows no time limit, on a thread that is left alone when it takes too long."""
    found: list[str] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    asking = threading.Thread(target=ask, name="resolving", daemon=True)
    asking.start()
    asking.join(seconds_left(deadline))
    if asking.is_alive():
        raise TimeoutError
    return found


def _connect(addresses: list[Address], port: int, deadline: float) -> socket.socket:
    """Return a connection to the first of `addresses` that takes one."""
    for address in addresses:
        with suppress(ConnectionError, OSError):
            return socket.create_connection((str(address), port), timeout=seconds_left(deadline))
    seconds_left(deadline)
    raise ConnectionError


def _secured(plain: socket.socket, host: str, deadline: float) -> socket.socket:
    plain.settimeout(seconds_left(deadline))
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _log(url: str, outcome: str, began: float, size: int = 0) -> None:
    """Log what became of a fetch, without query and user name, which may be secrets."""
    with suppress(ValueError):
        parts = urlsplit(url[:LONGEST_URL])
        place = f"{parts.scheme}://{parts.hostname}{parts.path}"[:200]
        seconds = time.monotonic() - began
        logger.info("fetch address=%r outcome=%r bytes=%d seconds=%.2f", place, outcome, size, seconds)
