"""Which pages of other sites may speak to the API from a browser: none, unless `SDSITE_CORS_ORIGINS` names them.

https://fetch.spec.whatwg.org/#http-cors-protocol

Only the addresses of the API and of the dialects are opened, and never with cookies: `Access-Control-Allow-Credentials`
is not sent and cookies that come along are not read, so such a page comes in with a key or not at all.
"""

import re
from asyncio import iscoroutinefunction
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

ANY = "*"
ORIGIN = re.compile(r"https?://[^/?#@\s*]+|\*")  # what `SDSITE_CORS_ORIGINS` may hold
NATIVE = "/api/v1/"
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
READABLE = "ETag, Location, Retry-After, X-Sdsite-Image, X-Sdsite-Job, X-Sdsite-Seed, X-Should-Retry"
REMEMBER_SECONDS = "600"
_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2000}")  # header names, comma separated

Middleware = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def cors(get_response: Any) -> Middleware:
    """Middleware: answer what browsers ask beforehand, and say on each answer who may read it.

    Raises:
        MiddlewareNotUsed: no origin is configured; nothing is added to any answer.
    """
    if not settings.CORS_ORIGINS:
        raise MiddlewareNotUsed

    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            if not is_api(request.path_info):
                answer: HttpResponseBase = await get_response(request)
                return answer
            return _open(request, _preflight(request) or await get_response(request))

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path_info):
            answer: HttpResponseBase = get_response(request)
            return answer
        return _open(request, _preflight(request) or get_response(request))

    return in_thread


def is_api(path: str) -> bool:
    """Tell whether `path` is an address of the native API or of a dialect that is switched on."""
    if path.startswith(NATIVE):
        return True
    try:
        _dialects().resolve(path)
    except Resolver404:
        return False
    return True


@cache
def _dialects() -> URLResolver:
    from sdsite.api.compat.registry import patterns  # the doors see all; this module is read with the settings

    return URLResolver(RegexPattern(r"^/"), patterns("urlpatterns"))


def _preflight(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a browser that asks whether it may; None for every other request, its cookies forgotten."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return HttpResponse(status=204)
    if _is_open_to(request):
        request.META.pop("HTTP_COOKIE", None)  # a page of a sister site might send them all the same
    return None


def _is_open_to(request: HttpRequest) -> bool:
    """Tell whether the request comes from a page of another site that may use the API."""
    origin = request.headers.get("Origin", "")
    try:
        host = urlsplit(origin).netloc
    except ValueError:  # no browser sends that
        return False
    return host not in ("", request.get_host()) and is_listed(origin)


def is_listed(origin: str) -> bool:
    """Tell whether pages of `origin`, as browsers name it, may use the API; websockets ask too (`sdsite/asgi.py`)."""
    return ANY in settings.CORS_ORIGINS or origin in settings.CORS_ORIGINS


def _open(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    patch_vary_headers(response, ["Origin"])
    if not _is_open_to(request):
        return response
    response["Access-Control-Allow-Origin"] = request.headers["Origin"]
    if request.method == "OPTIONS":
        response["Access-Control-Allow-Methods"] = METHODS
        response["Access-Control-Max-Age"] = REMEMBER_SECONDS
        wanted = request.headers.get("Access-Control-Request-Headers", "")
        if _NAMES.fullmatch(wanted):  # without cookies no header opens more than a program has
            response["Access-Control-Allow-Headers"] = wanted
    else:
        response["Access-Control-Expose-Headers"] = READABLE
    return response
