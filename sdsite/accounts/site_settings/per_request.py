"""Middleware that lets a request read the site settings once, when it first asks for them."""

from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from sdsite.accounts.site_settings.values import reading_once


@sync_and_async_middleware
def read_settings_once(get_response: Any) -> Any:
    """Middleware: keep the site settings while a request is answered; not while its answer is streamed."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            forget = reading_once()
            try:
                answer: HttpResponseBase = await get_response(request)
            finally:
                forget()
            return answer

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        forget = reading_once()
        try:
            answer: HttpResponseBase = get_response(request)
        finally:
            forget()
        return answer

    return in_thread
