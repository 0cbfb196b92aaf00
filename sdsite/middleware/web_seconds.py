"""Middleware that counts the processor time of requests against the budgets of their users (`sdsite.core.web_seconds`).

Django runs all synchronous code of a request in a thread that lives as long as the request, so the time of that thread
is what the request has cost; what async views do on the event loop is little and is not counted. The APIs check the
budget when they authenticate; pages are checked here. The admin is neither checked nor counted, so that it can always
be used.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from sdsite.core import web_seconds
from sdsite.core.rate_limits import RateLimited
from sdsite.middleware.cors import is_api

Middleware = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def count_web_seconds(get_response: Any) -> Middleware:
    """Middleware: refuse pages to users without a budget, and charge users for what was done for them."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            began = await sync_to_async(time.thread_time)()
            answer: HttpResponseBase | None = None
            if _is_page_of_a_user(request):
                answer = await sync_to_async(_refuse)(request)
            answer = answer or await get_response(request)
            if _user_id(request) is not None:
                await sync_to_async(_charge)(request, began)
            return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        began = time.thread_time()
        refusal = _refuse(request) if _is_page_of_a_user(request) else None
        answer: HttpResponseBase = refusal or get_response(request)
        if _user_id(request) is not None:
            _charge(request, began)
        return answer

    return in_thread


def _is_page_of_a_user(request: HttpRequest) -> bool:
    path = request.path_info
    return settings.SESSION_COOKIE_NAME in request.COOKIES and not is_api(path) and not path.startswith("/admin/")


def _refuse(request: HttpRequest) -> HttpResponse | None:
    if not request.user.is_authenticated:
        return None
    try:
        web_seconds.check(request.user.pk)
    except RateLimited as error:
        after = {"Retry-After": str(error.retry_after)}
        return HttpResponse(str(error), status=429, content_type="text/plain", headers=after)
    return None


def _user_id(request: HttpRequest) -> int | None:
    """Return the id of the user whom the request turned out to act for, without asking the database."""
    if request.path_info.startswith("/admin/"):
        return None
    found = getattr(request, "credentials", None)
    user = found.user if found else getattr(request, "_cached_user", None)
    return user.pk if user is not None and user.is_authenticated else None


def _charge(request: HttpRequest, began: float) -> None:
    user_id = _user_id(request)
    if user_id is not None:
        web_seconds.charge(user_id, time.thread_time() - began)
