"""The way in for dialects: one decorator that lets a request in as the native API does, and one shape of failure.

A dialect is pure translation: it reads its own words, calls the functions that the native API calls, and writes its own
words. Every exception becomes an `Answer` by the native API's table; the dialect only says how that looks.
"""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_scope
from sdsite.api.auth import SCHEMES
from sdsite.api.errors import ANSWERS, Answer, ApiError

Render = Callable[[Answer], HttpResponse]
AsyncView = Callable[..., Awaitable[HttpResponseBase]]


def door(render: Render, *, scope: str | None, methods: tuple[str, ...] = ("POST",)) -> Callable[[AsyncView], Any]:
    """Decorate an async view of a dialect: who knocks is let in by key or session, errors leave through `render`.

    Args:
        render: makes the dialect's response of an `Answer` (status: `status_of(answer)`).
        scope: what the key must be allowed, one of `SCOPES`; None: whoever has a key or a session.
        methods: what the address takes; HEAD comes with GET.
    """
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: AsyncView) -> AsyncView:
        @csrf_exempt  # sessions are checked by their scheme, keys need no token
        @wraps(view)
        async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                refused = render(Answer("method_not_allowed", f"This address takes {', '.join(methods)}."))
                refused["Allow"] = ", ".join(allowed)
                return refused
            try:
                await sync_to_async(let_in)(request, scope)
                return await view(request, *args, **kwargs)
            except Exception as error:  # the table has an answer for every one
                return render(answer_for(error))

        return guarded

    return decorate


def let_in(request: HttpRequest, scope: str | None) -> User:
    """Return whose request it is, having set `request.user`.

    Raises:
        ApiError: `unauthorized`, neither key nor session, or `csrf_failed`.
        WrongKey: the key opens nothing.
        RateLimited: too many calls or wrong keys.
        ScopeMissing: the key lacks `scope`.
    """
    for scheme in SCHEMES:
        user = scheme(request)
        if user is not None:
            if scope is not None:
                require_scope(request, scope)
            return user
    raise ApiError("unauthorized", "Send an API key: Authorization: Bearer <key>, or Basic with the key as password.")


def answer_for(error: Exception) -> Answer:
    """Return what the table of the native API says about `error`; its nearest class decides."""
    kind = next(kind for kind in type(error).__mro__ if kind in ANSWERS)
    return ANSWERS[kind](error)


def json_body(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object of the body, whatever type the client says it is; {} for an empty one.

    Raises:
        ApiError: `invalid_json`, it is none, or not an object.
    """
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("invalid_json", f"The body must be JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError("invalid_json", "The body must be a JSON object.")
    return body
