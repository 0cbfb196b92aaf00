"""Decorator for endpoints of compatible APIs: authentication and errors as in the native API.

A compatible API only translates: it reads requests in another program's format, calls the functions of the native API,
and writes responses in that format. Every exception becomes an `Answer` by the native API's table, which it renders.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from generation.api.job_request import KEY_HEADER
from generation.errors import JobRefused
from generation.jobs.submission.idempotency import check_key
from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_scope
from sdsite.api.auth import SCHEMES
from sdsite.api.errors import ANSWERS, Answer, ApiError, clear_tracebacks
from sdsite.core import json_bodies

MOST_DEPTH = 100  # nesting of lists and objects; Python's own limit is near a thousand

Render = Callable[[Answer], HttpResponse]
AsyncView = Callable[..., Awaitable[HttpResponseBase]]


def endpoint(render: Render, *, scope: str | None, methods: tuple[str, ...] = ("POST",)) -> Callable[[AsyncView], Any]:
    """Decorate an async view of a compatible API: authenticate by key or session, and send errors through `render`.

    Args:
        render: makes the API's response of an `Answer` (status: `get_status(answer)`).
        scope: the scope that a key must have, one of `SCOPES`; None: any key or session.
        methods: allowed methods; GET includes HEAD.
    """
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: AsyncView) -> AsyncView:
        @csrf_exempt  # the session scheme checks the token, keys need none
        @wraps(view)
        async def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                refused = render(Answer("method_not_allowed", f"This URL takes {', '.join(methods)}."))
                refused["Allow"] = ", ".join(allowed)
                return refused
            try:
                await sync_to_async(authenticate_request)(request, scope)
                return await view(request, *args, **kwargs)
            except Exception as error:  # the table has an answer for each
                response = render(answer_for(error))
                clear_tracebacks(error)
                return response

        return guarded

    return decorate


def authenticate_request(request: HttpRequest, scope: str | None) -> User:
    """Return the user of the request, having set `request.user`.

    Raises:
        ApiError: `unauthorized`, neither key nor session, or `csrf_failed`.
        WrongKey: the key is not usable.
        RateLimited: too many requests or wrong keys.
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
    """Return the answer to `error` by the table of the native API; its nearest class decides."""
    kind = next(kind for kind in type(error).__mro__ if kind in ANSWERS)
    return ANSWERS[kind](error)


def json_body(request: HttpRequest, *, of_any_depth: bool = False) -> dict[str, Any]:
    """Return the JSON object of the body, whatever its Content-Type; {} for an empty body.

    Args:
        request: the request with the body.
        of_any_depth: whether the caller checks the nesting itself, see `is_deep`.

    Raises:
        ApiError: `invalid_json`, it is no JSON, not an object, or nested deeper than MOST_DEPTH.
        BodyTooLarge: more values or text than any request needs.
    """
    try:
        body = json_bodies.load(
            request.body or b"{}", most_names=json_bodies.MOST_VALUES if of_any_depth else json_bodies.MOST_NAMES
        )
    except (ValueError, RecursionError) as error:
        raise ApiError("invalid_json", f"The body must be JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError("invalid_json", "The body must be a JSON object.")
    if not of_any_depth and is_deep(body):
        raise ApiError("invalid_json", f"The body must not be nested deeper than {MOST_DEPTH} levels.")
    return body


def idempotency_key(request: HttpRequest) -> str | None:
    """Return the request's idempotency key; an empty header counts as absent.

    Raises:
        JobRefused: `invalid_parameters`, the header holds no valid key.
    """
    header = request.headers.get(KEY_HEADER, "")
    try:
        return check_key(header, KEY_HEADER) if header else None
    except ValueError as error:
        raise JobRefused("invalid_parameters", str(error), fields={KEY_HEADER: str(error)}) from error


def is_deep(value: Any) -> bool:
    """Tell whether lists and objects are nested more than MOST_DEPTH times.

    Python may fail to write what it could just read: into a response, a row, a message.
    """
    level = [value]
    for _ in range(MOST_DEPTH + 1):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    """Return the values inside a list or an object; nothing for other values."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
