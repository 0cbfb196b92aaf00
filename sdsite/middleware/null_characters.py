"""Middleware that answers 404 at paths of pages, and filters of the admin, with a NUL character, which no name has.

PostgreSQL takes no text with one, so that looking for such a name would be an error. APIs refuse it in their own format
(`sdsite/api/query_names.py`).
"""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from sdsite.middleware.cors import is_api
from sdsite.middleware.web_seconds import Middleware


@sync_and_async_middleware
def refuse_null_characters(get_response: Any) -> Middleware:
    """Middleware: answer 404 where the path of a page, or the query of one of the admin, has a NUL character."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            _check(request)
            answer: HttpResponseBase = await get_response(request)
            return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        _check(request)
        answer: HttpResponseBase = get_response(request)
        return answer

    return in_thread


def _check(request: HttpRequest) -> None:
    path = request.path_info
    is_filter = path.startswith("/admin/") and "%00" in request.META.get("QUERY_STRING", "")
    if is_filter or ("\x00" in path and not is_api(path)):
        raise Http404("No name has a NUL character.")
