"""Middleware that releases the bodies of requests once they are answered.

Requests are in reference cycles (`request.auser` holds the request), so they stay in memory until Python's garbage
collector looks at its oldest generation, which is seldom on an idle site. Requests with images have up to 32 MB, and a
hundred of them would stay.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

Middleware = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def release_bodies(get_response: Any) -> Middleware:
    """Middleware: drop the body that was read; a response that is still streamed must not need it."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            answer: HttpResponseBase = await get_response(request)
            _release(request)
            return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = get_response(request)
        _release(request)
        return answer

    return in_thread


def _release(request: HttpRequest) -> None:
    if hasattr(request, "_body"):
        request._body = b""
