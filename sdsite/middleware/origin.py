"""Middleware that notes where a request comes from, for the audit log (`sdsite.accounts.audit.origin`)."""

from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware

from sdsite.accounts.audit.origin import Origin, coming_from
from sdsite.middleware.web_seconds import Middleware

DIALECTS = "sdsite.api.compat."


@sync_and_async_middleware
def note_origin(get_response: Any) -> Middleware:
    """Middleware: what the request does is done from its address and door."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            with coming_from(_origin_of(request)):
                answer: HttpResponseBase = await get_response(request)
                return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        with coming_from(_origin_of(request)):
            answer: HttpResponseBase = get_response(request)
            return answer

    return in_thread


def _origin_of(request: HttpRequest) -> Origin:
    return Origin(partial(door_of, request.path_info), request.META.get("REMOTE_ADDR") or None)


def door_of(path: str) -> str:
    """Return "admin", "api", the name of a dialect, or "page" for the path of a request."""
    try:
        match = resolve(path)
    except Resolver404:
        return "page"
    for name in ("admin", "api"):
        if name in match.namespaces:
            return name
    module = match.func.__module__
    return module.removeprefix(DIALECTS).partition(".")[0] if module.startswith(DIALECTS) else "page"
