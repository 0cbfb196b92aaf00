"""API authentication schemes: API key headers and the session cookie.

A wrong key is refused even where the session is valid, so that a request never acts for another user than it says.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from ninja.security.base import AuthBase

from sdsite.accounts import authentication
from sdsite.accounts.models import User
from sdsite.accounts.required_steps.due import check_session
from sdsite.api.errors import ApiError
from sdsite.core import rate_limits, web_seconds


class BearerKey(AuthBase):
    """`Authorization: Bearer <key>`, or the bare key."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __call__(self, request: HttpRequest) -> User | None:
        """Return the owner of the request's key, from any of the headers; None without a key.

        Raises:
            WrongKey: the key is not usable.
            StepDue: its owner has not accepted the terms of use.
            RateLimited: too many wrong keys, or too many requests.
        """
        key = authentication.authenticate_request_key(request)
        return key.owner if key else None


class BasicKey(BearerKey):
    """`Authorization: Basic` with the key as password. Only for the documentation: `BearerKey` reads all headers."""

    openapi_scheme = "basic"


class HeaderKey(BearerKey):
    """`X-API-Key: <key>`. Only for the documentation: `BearerKey` reads all headers."""

    openapi_type = "apiKey"
    openapi_scheme = ""
    openapi_in = "header"
    openapi_name = "X-API-Key"


class SessionCookie(AuthBase):
    """The session of a browser; unsafe methods need the CSRF token."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "sessionid"

    def __call__(self, request: HttpRequest) -> User | None:
        """Return the user who is logged in, or None.

        Raises:
            ApiError: `csrf_failed`.
            StepDue: the user has to accept terms or set up a second factor first.
            RateLimited: too many requests of this user.
        """
        user = request.user
        if not user.is_authenticated:
            return None
        if not _passes_csrf_check(request):
            raise ApiError("csrf_failed", "Send the page's CSRF token in the X-CSRFToken header, or use an API key.")
        check_session(user)
        rate_limits.spend("api_call", f"user:{user.pk}")
        web_seconds.check(user.pk)
        return user


class _CsrfCheck(CsrfViewMiddleware):
    """Django's CSRF check without its error page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return HttpResponseForbidden(reason)


def _passes_csrf_check(request: HttpRequest) -> bool:
    # Ninja's views are exempt from the middleware, because keys need no token; so the check runs here.
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check = _CsrfCheck(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _: HttpResponse(), (), {}) is None


SCHEMES = (BearerKey(), BasicKey(), HeaderKey(), SessionCookie())
