"""Entity tags, and 304 for a client that already has the response (RFC 9110, sections 8.8.3 and 13.1)."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

SAFE_METHODS = ("GET", "HEAD")
REVALIDATED = "private, no-cache"  # the client may store the response, and asks again before each use


def entity_tag(*parts: object) -> str:
    """Return the entity tag of a representation that depends on `parts`: bytes, or anything with a stable `str`."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part).encode())
        digest.update(b"\0")
    return f'"{digest.hexdigest()[:32]}"'


def conditional_response(request: HttpRequest, etag: str, caching: str = REVALIDATED) -> HttpResponse | None:
    """Return 304 or 412 where the request's preconditions decide against `etag`; None where a body must be sent.

    To be asked before costly work; `caching` is the `Cache-Control` of the full response.
    """
    full = HttpResponse(headers={"ETag": etag, "Cache-Control": caching})
    decided: Any = get_conditional_response(request, etag=etag, response=full)
    return None if decided is full else decided


def with_entity_tag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a successful response to GET or HEAD with the tag of its body, or 304 where the client has it already.

    Saves the transfer, not the work: what is costly to make asks `conditional_response` first.
    """
    if request.method not in SAFE_METHODS or response.status_code != 200:
        return response
    response["ETag"] = entity_tag(response.content)
    response.setdefault("Cache-Control", REVALIDATED)
    decided: Any = get_conditional_response(request, etag=response["ETag"], response=response)
    return decided
