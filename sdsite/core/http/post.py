"""POST to URLs from users, with the guard of `sdsite.core.http.fetch` and without following redirects.

Only the head of the response is read: its body is not needed, and could be long.
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
    """Response to a POST: HTTP status, and the seconds of `Retry-After` if given."""

    status: int
    retry_after: int | None


def post(url: str, *, body: bytes, headers: Mapping[str, str], timeout: float) -> Posted:
    """Send `body` to `url` and return the response, whatever its status.

    Args:
        url: as `sdsite.core.http.fetch.fetch` takes it.
        body: the body of the request.
        headers: headers in addition to those of every request, among them the type of `body`.
        timeout: seconds for everything together: resolving, connecting, sending, the head of the response.

    Raises:
        FetchRefused: the URL is invalid or not public, too slow, or gives no valid response. The message tells nothing
            of the site's network, and does not contain the URL.
    """
    deadline = time.monotonic() + timeout
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    try:
        target = read_address(url, allowed)
        with connected(target, allowed, deadline) as connection:
            connection.request("POST", target.path, body=body, headers={**target.headers, **headers})
            response = connection.getresponse()
            return Posted(response.status, _seconds(response.headers.get("Retry-After", "")))
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
