"""Fetching URLs from users, guarded against server-side request forgery.

The host name is resolved once, all its addresses are checked, and the connection goes to a checked address, so that a
name that changes between check and connect (DNS rebinding) gains nothing. TLS and the Host header use the name.
Redirects start over. `http.client` is used because it takes an open socket and ignores proxies of the environment.
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
from sdsite.core.http.deadline_socket import DeadlineSocket, seconds_left

logger = logging.getLogger(__name__)

PORTS = {"http": (80, 8080), "https": (443, 8443)}
REDIRECTS = 5
LONGEST_URL = 2048
CHUNK = 64 * 1024
HEAD = 512  # bytes by which the type is recognised
_PATH = "/%:@!$&'()*+,;=~-._"  # characters that are not quoted
_REDIRECTED = (301, 302, 303, 307, 308)
# One message for names that do not exist and names with private addresses, so that it tells nothing of the network.
PUBLIC_ONLY = "leads to no public address; the site connects to no others"


class FetchRefused(ValueError):
    """The URL is not fetched, or its response cannot be used; the message is for users."""


@dataclass(frozen=True)
class Wanted:
    """Type of the wanted file: `Accept` header, description for messages, and a test of the first HEAD bytes."""

    header: str
    words: str
    begins_right: Callable[[bytes], bool]


@dataclass(frozen=True)
class Target:
    """A parsed URL: `host` in ASCII without brackets, `path` with its query, both ready to be sent."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme][0] else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {
            "Host": self.authority,
            "User-Agent": "sdsite",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }


@dataclass(frozen=True)
class _Response:
    body: bytes = b""
    moved_to: str = ""


def fetch(url: str, *, most_bytes: int, timeout: float, accept: Wanted) -> bytes:
    """Return the body of the response to GET `url`.

    Args:
        url: http or https, without user name, port 80, 8080, 443 or 8443 (hosts of SDSITE_FETCH_ALLOW: any).
        most_bytes: longest body; a longer one is refused as soon as that is known.
        timeout: seconds for everything together: resolving, redirects, connecting, reading.
        accept: the type, by the first bytes; the server's Content-Type does not matter.

    Raises:
        FetchRefused: the URL is invalid or not public, redirects more than REDIRECTS times, is too slow or too large,
            does not answer 200, or has another type. The message tells nothing of the site's network.
    """
    began, deadline = time.monotonic(), time.monotonic() + timeout
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    here = url
    try:
        for _ in range(REDIRECTS + 1):
            target = read_address(here, allowed)
            response = _request(target, allowed, deadline, most_bytes, accept)
            if not response.moved_to:
                _log(here, "fetched", began, len(response.body))
                return response.body
            here = urljoin(target.url, response.moved_to)
        raise FetchRefused(f"The URL redirects more than {REDIRECTS} times.")
    except FetchRefused as refused:
        _log(here, f"refused: {refused}", began)
        raise
    except TimeoutError as error:
        _log(here, "too slow", began)
        raise FetchRefused(f"The URL did not answer completely within {timeout:g} s.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        _log(here, f"failed: {type(error).__name__}", began)
        raise FetchRefused("The URL did not give a valid response.") from error


def read_address(url: str, allowed: Allowed) -> Target:
    """Return the parts of a URL that may be requested; whether its host is public is checked on connecting.

    Raises:
        FetchRefused: it is invalid, too long, or has a scheme, user name or port that is not allowed.
    """
    if len(url) > LONGEST_URL:
        raise FetchRefused(f"The URL must be at most {LONGEST_URL} characters.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").encode("idna" if parts.hostname else "ascii").decode()
    except ValueError as error:
        raise FetchRefused("The URL is invalid.") from error
    if any(character <= " " or character in '\\\x7f"<>' for character in url):
        raise FetchRefused("The URL must not contain spaces, backslashes or control characters.")
    if parts.scheme not in PORTS or not host:
        raise FetchRefused("The URL must begin with http:// or https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise FetchRefused("The URL must not contain a user name or password.")
    if port is not None and port not in PORTS[parts.scheme] and not _is_allowed_host(host, allowed):
        ports = " or ".join(str(one) for one in PORTS[parts.scheme])
        raise FetchRefused(f"The URL must use port {ports}; got {port}.")
    path = quote(parts.path or "/", safe=_PATH)
    query = f"?{quote(parts.query, safe=_PATH + '?[]')}" if parts.query else ""
    return Target(parts.scheme, host, port or PORTS[parts.scheme][0], path + query)


def _is_allowed_host(host: str, allowed: Allowed) -> bool:
    with suppress(ValueError):
        return allowed.address(ipaddress.ip_address(host))
    return allowed.host(host)


def _request(target: Target, allowed: Allowed, deadline: float, most_bytes: int, accept: Wanted) -> _Response:
    """Send one request to a checked address of `target` and read the response."""
    with connected(target, allowed, deadline) as connection:
        connection.request("GET", target.path, headers={**target.headers, "Accept": accept.header})
        return _read(connection.getresponse(), most_bytes, accept)


@contextmanager
def connected(target: Target, allowed: Allowed, deadline: float) -> Iterator[http.client.HTTPConnection]:
    """Yield a connection to a checked address of `target`, all of which ends at `deadline` (monotonic seconds).

    Raises:
        FetchRefused: the host has no address, or one that is neither public nor allowed.
        TimeoutError, OSError: the connection failed.
    """
    addresses = _addresses(target, allowed, deadline)
    with _connect(addresses, target.port, deadline) as plain:
        sock = _secured(plain, target.host, deadline) if target.scheme == "https" else plain
        with sock:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = DeadlineSocket(sock, deadline)
            yield connection


def _read(response: http.client.HTTPResponse, most_bytes: int, accept: Wanted) -> _Response:
    if response.status in _REDIRECTED and response.headers.get("Location"):
        return _Response(moved_to=response.headers["Location"])
    if response.status != 200:
        raise FetchRefused(f"The URL answered with status {response.status}.")
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise FetchRefused("The URL answered with compressed data, which was not requested.")
    if response.length is not None and response.length > most_bytes:
        raise FetchRefused(_too_large(most_bytes))
    body, checked = bytearray(), False
    while piece := response.read1(CHUNK):
        body += piece
        if len(body) > most_bytes:
            raise FetchRefused(_too_large(most_bytes))
        if not checked and len(body) >= HEAD:
            _check_type(body, accept)
            checked = True
    if response.length:  # read1 does not notice when the server stops early
        raise FetchRefused("The URL ended its response early.")
    _check_type(body, accept)
    return _Response(bytes(body))


def _check_type(body: bytearray, accept: Wanted) -> None:
    if not accept.begins_right(bytes(body[:HEAD])):
        raise FetchRefused(f"The URL must lead to {accept.words}; it leads to something else.")


def _too_large(most_bytes: int) -> str:
    return f"The file at the URL must be at most {most_bytes / 1e6:.1f} MB."


def _addresses(target: Target, allowed: Allowed, deadline: float) -> list[Address]:
    """Return all addresses of the target's host, each of which is public or allowed.

    Raises:
        FetchRefused: there is none, or one of them is neither.
    """
    found = [ipaddress.ip_address(name.partition("%")[0]) for name in _resolve(target, deadline)]
    if not found or not (allowed.host(target.host) or all(is_public(one) or allowed.address(one) for one in found)):
        raise FetchRefused(f"The URL {PUBLIC_ONLY}.")
    return found


def _resolve(target: Target, deadline: float) -> list[str]:
    """Ask the system's resolver, which has no time limit, on a thread that is abandoned at the deadline."""
    found: list[str] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=ask, name="resolving", daemon=True)
    thread.start()
    thread.join(seconds_left(deadline))
    if thread.is_alive():
        raise TimeoutError
    return found


def _connect(addresses: list[Address], port: int, deadline: float) -> socket.socket:
    """Return a connection to the first of `addresses` that accepts one."""
    for address in addresses:
        with suppress(ConnectionError, OSError):
            return socket.create_connection((str(address), port), timeout=seconds_left(deadline))
    seconds_left(deadline)
    raise ConnectionError


def _secured(plain: socket.socket, host: str, deadline: float) -> socket.socket:
    plain.settimeout(seconds_left(deadline))
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _log(url: str, outcome: str, began: float, size: int = 0) -> None:
    """Log the outcome of a fetch, without query and user name, which may be secrets."""
    with suppress(ValueError):
        parts = urlsplit(url[:LONGEST_URL])
        place = f"{parts.scheme}://{parts.hostname}{parts.path}"[:200]
        seconds = time.monotonic() - began
        logger.info("fetch address=%r outcome=%r bytes=%d seconds=%.2f", place, outcome, size, seconds)
