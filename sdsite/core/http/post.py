"""POST to URLs from users, with the guard of `sdsite.core.http.fetch` and without following redirects.

Of the response's body no more is read than the caller asks for.
"""

import http.client
import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from sdsite.core.http.addresses import Allowed, is_public
from sdsite.core.http.fetch import PUBLIC_ONLY, FetchRefused, connected, read_address

LONGEST_RETRY_AFTER = 20  # characters of the header


@dataclass(frozen=True)
class Posted:
    """Response to a POST: HTTP status, the seconds of `Retry-After` if given, and the body as far as it was read."""

    status: int
    retry_after: int | None
    body: bytes = b""


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    timeout: float,
    most_bytes: int = 0,
    local_host: str | None = None,
) -> Posted:
    """Send `body` to `url` and return the response, whatever its status.

    Args:
        url: as `sdsite.core.http.fetch.fetch` takes it.
        body: the body of the request.
        headers: headers in addition to those of every request, among them the type of `body`.
        timeout: seconds for everything together: resolving, connecting, sending, what is read of the response.
        most_bytes: the longest body of a response; 0: none is read.
        local_host: a host that may be private, because an administrator said so.

    Raises:
        FetchRefused: the URL is invalid or not public, too slow, too long, or gives no valid response. The message
            tells nothing of the site's network, and does not contain the URL.
    """
    deadline = time.monotonic() + timeout
    entries = settings.ENV["SDSITE_FETCH_ALLOW"]
    allowed = Allowed([*entries, local_host] if local_host else entries)
    try:
        target = read_address(url, allowed)
        with connected(target, allowed, deadline) as connection:
            connection.request("POST", target.path, body=body, headers={**target.headers, **headers})
            response = connection.getresponse()
            read = response.read(most_bytes + 1) if most_bytes else b""
            if len(read) > most_bytes:
                raise FetchRefused(f"The URL gave more than {most_bytes // 1000} kB.")
            return Posted(response.status, _seconds(response.headers.get("Retry-After", "")), read)
    except FetchRefused:
        raise
    except TimeoutError as error:
        raise FetchRefused(f"The URL did not answer within {timeout:g} s.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchRefused("The URL did not give a valid response.") from error


def check_address(url: str) -> None:
    """Refuse a URL to which `post` would never connect, as far as that is known without resolving its name.

    Raises:
        FetchRefused: it is invalid, or its host is a number that is neither public nor allowed.
    """
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    host = read_address(url, allowed).host
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return
    if not (is_public(number) or allowed.address(number) or allowed.host(host)):
        raise FetchRefused(f"The URL {PUBLIC_ONLY}.")


def _seconds(header: str) -> int | None:
    """Return the whole seconds of the header; None for a date, the other form, which is not read."""
    text = header.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_RETRY_AFTER else None
