"""CORS for the native and the compatible APIs: pages of the origins in `SDSITE_CORS_ORIGINS` may use them.

django-cors-headers sends the headers. This module limits them to the addresses of the APIs and drops the cookies that
such pages send, so that they authenticate with an API key or not at all.
"""

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from corsheaders.conf import conf
from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern

from sdsite.middleware.proxies import path_in_site

ORIGIN = re.compile(r"https?://[^/?#@\s*]+")  # what `SDSITE_CORS_ORIGINS` may hold beside *
NATIVE = "/api/v1/"


class ApiCorsMiddleware(CorsMiddleware):
    """CORS on the addresses of the APIs alone; nothing is added to any response where no origin is configured."""

    def __init__(self, get_response: Any) -> None:
        """Prepare for one server process.

        Raises:
            MiddlewareNotUsed: no origin is configured.
        """
        if not (conf.CORS_ALLOW_ALL_ORIGINS or conf.CORS_ALLOWED_ORIGINS):
            raise MiddlewareNotUsed
        super().__init__(get_response)

    def is_enabled(self, request: HttpRequest) -> bool:
        """Tell whether the request is for an API."""
        return is_api(request.path_info)

    def check_preflight(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return the response to a preflight request; from others drop the cookies of pages of another site."""
        preflight = super().check_preflight(request)
        if preflight is not None:
            return HttpResponse(status=204)
        if is_api(request.path_info) and _is_of_another_site(request):
            request.META.pop("HTTP_COOKIE", None)  # a page of a sister site may send them
        return None


def is_api(path: str) -> bool:
    """Tell whether `path` is an address of the native API or of a compatible API, which may be switched off."""
    path = path_in_site(path, settings.ROOT_PATH)
    if path.startswith(NATIVE):
        return True
    try:
        _compatible_apis().resolve(path)
    except Resolver404:
        return False
    return True


@cache
def _compatible_apis() -> URLResolver:
    from sdsite.api.compat.registry import patterns  # needs the apps; this module is imported with the settings

    return URLResolver(RegexPattern(r"^/"), patterns("urlpatterns"))


def _is_of_another_site(request: HttpRequest) -> bool:
    """Tell whether the request comes from a page of another site that may use the API."""
    origin = request.headers.get("Origin", "")
    try:
        host = urlsplit(origin).netloc
    except ValueError:  # no browser sends such an origin
        return False
    return bool(origin) and host != request.get_host() and is_listed(origin)


def is_listed(origin: str) -> bool:
    """Tell whether pages of `origin`, as browsers write it, may use the APIs; also decides for websockets."""
    return conf.CORS_ALLOW_ALL_ORIGINS or origin in conf.CORS_ALLOWED_ORIGINS
