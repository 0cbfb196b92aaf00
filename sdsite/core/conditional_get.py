"""Answers that a client may have already: entity tags, and 304 where its own is the same (RFC 9110, section 13.1.2)."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

READING = ("GET", "HEAD")
REVALIDATED = "private, no-cache"  # may be kept by the client, and is asked for again each time


def entity_tag(*parts: object) -> str:
    """Return the entity tag of what `parts` (bytes, or anything with a stable `str`) decide."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part).encode())
        digest.update(b"\0")
    return f'"{digest.hexdigest()[:32]}"'


def is_known(request: HttpRequest, etag: str) -> bool:
    """Tell whether a client that reads says that it has what `etag` stands for; a weak tag counts as the strong one."""
    if request.method not in READING:
        return False
    said = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in said or etag in {one.removeprefix("W/") for one in said}


def not_modified(etag: str, caching: str = REVALIDATED) -> HttpResponse:
    """Return the answer to a client that has it already."""
    return HttpResponseNotModified(headers={"ETag": etag, "Cache-Control": caching})


def conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return a successful answer to a GET with the tag of its body, or 304 where the client has the same.

    Saves the way, not the work: what is costly to make asks `is_known` first.
    """
    if request.method not in READING or response.status_code != 200:
        return response
    etag = entity_tag(response.content)
    if is_known(request, etag):
        return not_modified(etag)
    response["ETag"] = etag
    response.setdefault("Cache-Control", REVALIDATED)
    return response
