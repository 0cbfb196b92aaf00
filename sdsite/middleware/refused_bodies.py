"""Middleware that answers requests whose body was refused while it arrived (`arriving_bodies`).

At an API the view refuses it, in the API's own format and after authentication, when it reads the body: a stranger gets
401. Everywhere else the answer is 413.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from sdsite.middleware.arriving_bodies import REFUSED
from sdsite.middleware.cors import is_api

Middleware = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

TOO_LARGE = "The body is larger than the site takes at this address.\n"
MORE_THAN_ANY = str(2**62)  # as Content-Length: every check of it refuses


@sync_and_async_middleware
def refuse_bodies(get_response: Any) -> Middleware:
    """Middleware: answer 413, or make the body unreadable for the view of an API."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            refusal = _prepare(request)
            answer: HttpResponseBase = refusal or await get_response(request)
            return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = _prepare(request) or get_response(request)
        return answer

    return in_thread


def _prepare(request: HttpRequest) -> HttpResponse | None:
    if not getattr(request, "scope", {}).get(REFUSED):
        return None
    if not is_api(request.path_info):
        return HttpResponse(TOO_LARGE, status=413, content_type="text/plain")
    request.META["CONTENT_LENGTH"] = MORE_THAN_ANY
    request.parse_file_upload = _refuse  # type: ignore[method-assign, assignment]
    return None


def _refuse(*args: Any) -> Any:
    raise RequestDataTooBig(TOO_LARGE)
