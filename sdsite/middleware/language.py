"""Middleware that answers in the reader's language: that of their account, of the cookie, or of the browser's list."""

from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

from sdsite.middleware.web_seconds import Middleware

LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


@sync_and_async_middleware
def choose_language(get_response: Any) -> Middleware:
    """Middleware: activate the reader's language while their request is answered."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            with translation.override(await sync_to_async(language_of)(request)):
                return _label(await get_response(request))

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        with translation.override(language_of(request)):
            return _label(get_response(request))

    return in_thread


def language_of(request: HttpRequest) -> str:
    """Return the code of the language to answer in, one of `settings.LANGUAGES`."""
    return _chosen_by_user(request) or translation.get_language_from_request(request)


def _chosen_by_user(request: HttpRequest) -> str:
    """Return what the account behind the session has chosen; empty without one. Programs with keys have no session."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    try:
        chosen = getattr(request.user, "language", "")
    except (OperationalError, InterfaceError):  # what needs no database is answered nevertheless
        return ""
    return chosen if chosen in LANGUAGES else ""


def _label(response: HttpResponseBase) -> HttpResponseBase:
    """Name the language of a page, which caches must keep apart from the others."""
    if response.get("Content-Type", "").startswith("text/html"):
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        patch_vary_headers(response, ("Accept-Language",))
    return response
