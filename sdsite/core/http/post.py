"""Post to an address that somebody gave, under the same guard as `sdsite.core.http.fetch`; no redirect is followed.

Of the answer only its head is read: what the other side says in the body is of no use here, and could be long.
"""

import http.client
import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from sdsite.core.http.addresses import Allowed, is_public
from sdsite.core.http.fetch import OUTSIDE_ONLY, FetchRefused, connected, read_address

LONGEST_RETRY_AFTER = 20  # characters of the header


@dataclass(frozen=True)
class Posted:
    """What was answered: an HTTP status, and the seconds of `Retry-After` where there are such."""

    status: int
    retry_after: int | None


def post(url: str, *, body: bytes, headers: Mapping[str, str], timeout: float) -> Posted:
    """Send `body` to `url`, and return what was answered, whatever it was.

    Args:
        url: as `sdsite.core.http.fetch.fetch` takes it.
        body: what is sent.
        headers: on top of those that every request has; they say what `body` is.
        timeout: seconds for everything together: name, connecting, sending, the head of the answer.

    Raises:
        FetchRefused: a bad address, one that is not public, too slow, or no proper answer. Never says what is inside
            the site's network, and never names the address.
    """
    deadline = time.monotonic() + timeout
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    try:
        target = read_address(url, allowed)
        with connected(target, allowed, deadline) as connection:
            connection.request("POST", target.path, body=body, headers={**target.headers, **headers})
            answer = connection.getresponse()
            return Posted(answer.status, _seconds(answer.headers.get("Retry-After", "")))
    except FetchRefused:
        raise
    except TimeoutError as error:
        raise FetchRefused(f"The address did not answer within {timeout:g} s.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchRefused("The address did not give a proper answer.") from error


def check_address(url: str) -> None:
    """Refuse an address to which nothing would ever be posted, as far as that shows without asking for its name.

    Raises:
        FetchRefused: it is none, or a number that is neither public nor allowed.
    """
    allowed = Allowed(settings.ENV["SDSITE_FETCH_ALLOW"])
    host = read_address(url, allowed).host
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return
    if not (is_public(number) or allowed.address(number) or allowed.host(host)):
        raise FetchRefused(f"The address {OUTSIDE_ONLY}.")


def _seconds(header: str) -> int | None:
    """Return the whole seconds that the header names; the other form, a date, is not worth its risks."""
    text = header.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < LONGEST_RETRY_AFTER else None
