"""The way in for dialects: one decorator that lets a request in as the native API does, and one shape of failure.

A dialect is pure translation: it reads its own words, calls the functions that the native API calls, and writes its own
words. Every exception becomes an `Answer` by the native API's table; the dialect only says how that looks.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_scope
from sdsite.api.auth import SCHEMES
from sdsite.api.errors import ANSWERS, Answer, ApiError, let_go

MOST_DEPTH = 100  # of lists and objects inside each other; Python's own end lies near a thousand

Render = Callable[[Answer], HttpResponse]
AsyncView = Callable[..., Awaitable[HttpResponseBase]]


def endpoint(render: Render, *, scope: str | None, methods: tuple[str, ...] = ("POST",)) -> Callable[[AsyncView], Any]:
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
                await sync_to_async(authenticate_request)(request, scope)
                return await view(request, *args, **kwargs)
            except Exception as error:  # the table has an answer for every one
                response = render(answer_for(error))
                let_go(error)
                return response

        return guarded

    return decorate


def authenticate_request(request: HttpRequest, scope: str | None) -> User:
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


def json_body(request: HttpRequest, *, of_any_depth: bool = False) -> dict[str, Any]:
    """Return the JSON object of the body, whatever type the client says it is; {} for an empty one.

    Args:
        request: whose body it is.
        of_any_depth: whether the caller looks itself how deep things are nested, see `is_deep`.

    Raises:
        ApiError: `invalid_json`, it is none, not an object, or nested deeper than MOST_DEPTH.
    """
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError("invalid_json", f"The body must be JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError("invalid_json", "The body must be a JSON object.")
    if not of_any_depth and is_deep(body):
        raise ApiError("invalid_json", f"The body must not be nested deeper than {MOST_DEPTH} levels.")
    return body


def is_deep(value: Any) -> bool:
    """Tell whether lists and objects stand inside each other more than MOST_DEPTH times.

    What Python can just read it may fail to write: into an answer, a row, a message.
    """
    level = [value]
    for _ in range(MOST_DEPTH + 1):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    """Return what is inside of a list or an object; other values are at the bottom."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
