"""Let the bodies of requests go once they are answered.

Django and others tie requests into circles (`request.auser` holds the request), so a request stays until Python looks
for circles among what is old, which a site that is at rest otherwise does seldom. Most requests are small. Those that
bring pictures have up to 32 MB, and a hundred of them would stay.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

Middleware = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def forget_bodies(get_response: Any) -> Middleware:
    """Middleware: drop what was read of a body; an answer that is still to be streamed must not need it."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            answer: HttpResponseBase = await get_response(request)
            _forget(request)
            return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = get_response(request)
        _forget(request)
        return answer

    return in_thread


def _forget(request: HttpRequest) -> None:
    if hasattr(request, "_body"):
        request._body = b""
