"""Middleware that writes the times of pages in the reader's time zone, which js/lib/theme.js keeps in a cookie."""

import zoneinfo
from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

from sdsite.middleware.cors import is_api
from sdsite.middleware.web_seconds import Middleware

COOKIE = "timezone"


@sync_and_async_middleware
def use_time_zone(get_response: Any) -> Middleware:
    """Middleware: activate the reader's time zone while a page is made; APIs speak UTC."""
    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            zone = zone_of(request)
            with timezone.override(zone):
                return _label(await get_response(request), zone)

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        zone = zone_of(request)
        with timezone.override(zone):
            return _label(get_response(request), zone)

    return in_thread


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """Return the zone that the cookie names; that of the settings without one, for unknown names and for APIs."""
    name = request.COOKIES.get(COOKIE, "")
    known = name in _names() and not is_api(request.path_info)
    return zoneinfo.ZoneInfo(name if known else settings.TIME_ZONE)


@cache
def _names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _label(response: HttpResponseBase, zone: zoneinfo.ZoneInfo) -> HttpResponseBase:
    if zone.key != settings.TIME_ZONE and response.get("Content-Type", "").startswith("text/html"):
        patch_vary_headers(response, ("Cookie",))
    return response
