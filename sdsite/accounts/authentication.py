"""Authentication by API key: reading the key from request headers, and acting for its owner."""

import base64
import binascii
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from sdsite.accounts import api_keys
from sdsite.accounts.audit import origin
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import ApiKey
from sdsite.accounts.required_steps.due import StepDue, check_key
from sdsite.accounts.scopes import ScopeMissing, require_scope
from sdsite.core import rate_limits, web_seconds

WRONG_KEY = "This API key is wrong, expired or revoked. Make one at /settings/."
CHALLENGE = 'Bearer realm="sdsite"'


class WrongKey(PermissionError):
    """The API key of a request is unknown, wrong, expired or revoked."""

    def __init__(self) -> None:
        """Use one message for all reasons, so that a guesser learns nothing."""
        super().__init__(WRONG_KEY)


def key_in(headers: Mapping[str, str]) -> str | None:
    """Return the API key in the headers, or None where there is none; an empty header counts as none.

    `X-API-Key: <key>` comes first, because a proxy in front may need Authorization for itself; then
    `Authorization: Bearer <key>`, the bare key, and Basic with the key as password (or as user name alone).
    An unreadable header, or one with another scheme, gives the wrong key "".
    """
    own = headers.get("X-API-Key", "").strip()
    if own:
        return own
    scheme, _, rest = headers.get("Authorization", "").strip().partition(" ")
    rest = rest.strip()
    if not rest:
        return scheme if scheme.lower() not in ("", "bearer", "basic") else None
    read = {"bearer": lambda: rest, "basic": lambda: _password(rest)}.get(scheme.lower())
    return read() if read else ""


def _password(encoded: str) -> str:
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or name


def authenticate_key(raw: str, address: str) -> ApiKey:
    """Return the usable API key with the text `raw`; used by every API, so that one rate limit holds for all.

    Raises:
        WrongKey: the key is unknown, wrong, expired, revoked, or its owner may not log in.
        StepDue: its owner has not accepted the terms of use.
        RateLimited: too many wrong keys from `address`, or too many calls with this key.
    """
    key = api_keys.authenticate(raw)
    if key is None:
        # Only wrong keys are limited by address, because addresses are shared, behind a proxy by all clients.
        rate_limits.spend("wrong_key", address)
        raise WrongKey
    check_key(key.owner)
    rate_limits.spend("api_call", f"key:{key.pk}")
    web_seconds.check(key.owner_id)
    origin.note_key(key)
    return key


def authenticate_request_key(request: HttpRequest) -> ApiKey | None:
    """Return the request's key, having set `request.user` and `request.credentials`; None where it has no key.

    Raises:
        WrongKey: the key is unknown, wrong, expired, revoked, or its owner may not log in.
        StepDue: its owner has not accepted the terms of use.
        RateLimited: too many wrong keys from this address, or too many calls with this key.
    """
    raw = key_in(request.headers)
    if raw is None:
        return None
    key = authenticate_key(raw, request.META.get("REMOTE_ADDR") or "unknown")
    request.user = key.owner
    request.credentials = Credentials(key.owner, key)  # type: ignore[attr-defined]
    return key


def key_or_login_required(
    scope: str, *, shows_public: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorate a view that takes an API key with `scope`, or else the session of a user who is logged in.

    `shows_public`: the view itself knows what strangers may see, and raises Http404 for the rest; they are asked to
    log in then, because the page may be one of their own.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        for_people = login_required(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                if authenticate_request_key(request) is None:
                    if shows_public and not request.user.is_authenticated:
                        with suppress(Http404):
                            return view(request, *args, **kwargs)
                    return for_people(request, *args, **kwargs)
                require_scope(request, scope)
            except WrongKey as error:
                return HttpResponse(
                    str(error), status=401, content_type="text/plain", headers={"WWW-Authenticate": CHALLENGE}
                )
            except (ScopeMissing, StepDue) as error:
                return HttpResponse(str(error), status=403, content_type="text/plain")
            except rate_limits.RateLimited as error:
                after = {"Retry-After": str(error.retry_after)}
                return HttpResponse(str(error), status=429, content_type="text/plain", headers=after)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
