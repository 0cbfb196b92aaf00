"""Authentication of websockets and event streams: by API key (headers, subprotocol, query) or by session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.utils.datastructures import CaseInsensitiveMapping

from sdsite.accounts.api_keys import authenticate
from sdsite.accounts.authentication import WrongKey, authenticate_key, key_in
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.accounts.required_steps.due import StepDue, check_key, check_session
from sdsite.accounts.scopes import ScopeMissing
from sdsite.core import rate_limits, web_seconds

BEARER = "bearer."
QUERY = "api_key"
NO_KEY = "Send an API key: Authorization: Bearer <key>, X-API-Key, or ?api_key=<key> in the address."


class NotAuthenticated(WrongKey):
    """The request has neither a key nor a session."""

    def __init__(self) -> None:
        """Set the message that says how to authenticate."""
        PermissionError.__init__(self, NO_KEY)


@dataclass(frozen=True)
class Connection:
    """An authenticated websocket or event stream: its credentials, and the secret that proves them again later.

    The secret is the whole API key, or the key of a session.
    """

    credentials: Credentials
    raw_key: str | None = None
    session_key: str | None = None

    @property
    def user(self) -> User:
        """The user in whose name the connection acts."""
        return self.credentials.user


def authenticate_connection(scope: Mapping[str, Any], *scopes: str) -> Connection:
    """Authenticate the websocket of an ASGI `scope`; a key must have all `scopes`.

    A key counts before a session, so that no program works under another name than the one given.

    Raises:
        NotAuthenticated: neither key nor session.
        WrongKey: the key is not valid.
        ScopeMissing: the key lacks a scope.
        StepDue: the user has to accept terms or set up a second factor first.
        RateLimited: too many wrong keys from this address, or too many calls with this key.
    """
    raw = raw_key(scope)
    if raw is not None:
        return authenticate_by_key(raw, (scope.get("client") or ["unknown"])[0], *scopes)
    user = scope["user"]
    if not user.is_authenticated:
        raise NotAuthenticated
    check_session(user)
    rate_limits.spend("api_call", f"user:{user.pk}")
    web_seconds.check(user.pk)
    return Connection(Credentials(user), session_key=scope["session"].session_key)


def authenticate_again(connection: Connection, address: str, *scopes: str) -> Connection:
    """Authenticate `connection` again for a new command; its key, session or owner may have changed since.

    Raises:
        WrongKey: the key was revoked or has expired, the session logged out, or its owner is locked.
        ScopeMissing: the key lacks one of `scopes`.
        StepDue: the user has to accept terms or set up a second factor first.
        RateLimited: too many calls.
    """
    if connection.raw_key is not None:
        return authenticate_by_key(connection.raw_key, address, *scopes)
    user = _user_of_session(connection)
    if user is None:
        raise WrongKey
    check_session(user)
    rate_limits.spend("api_call", f"user:{connection.user.pk}")
    web_seconds.check(connection.user.pk)
    return connection


def authenticate_by_key(raw: str, address: str, *scopes: str) -> Connection:
    """Authenticate by a key; raises as `authenticate_connection` does."""
    key = authenticate_key(raw, address)
    for scope in scopes:
        if scope not in key.scopes:
            raise ScopeMissing(scope)
    return Connection(Credentials(key.owner, key), raw_key=raw)


def raw_key(scope: Mapping[str, Any]) -> str | None:
    """Return the key of the request: in the headers, as the subprotocol `bearer.<key>`, or as `?api_key=`."""
    raw = key_in(_headers(scope["headers"]))
    if raw is not None:
        return raw
    offered: list[str] = scope.get("subprotocols", [])
    bearer = next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
    if bearer is not None:
        return bearer
    return parse_qs(scope.get("query_string", b"").decode("latin-1")).get(QUERY, [None])[0]


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    return CaseInsensitiveMapping({name.decode("latin-1"): value.decode("latin-1") for name, value in pairs})


def is_still_valid(connection: Connection) -> bool:
    """Tell whether the connection may stay open; asks the database."""
    return why_ended(connection) is None


def why_ended(connection: Connection) -> PermissionError | None:
    """Return why the connection may not stay open, as new ones would be refused, or None; asks the database.

    WrongKey: its secret is not valid for the scope `read` any more. StepDue: the person has a step to do first.
    """
    try:
        if connection.raw_key is None:
            user = _user_of_session(connection)
            if user is None:
                return WrongKey()
            check_session(user)
            return None
        key = authenticate(connection.raw_key)
        if key is None or key.owner_id != connection.user.pk or "read" not in key.scopes:
            return WrongKey()
        check_key(key.owner)
    except StepDue as due:
        return due
    return None


def _user_of_session(connection: Connection) -> User | None:
    """Return the user whose session is still open, as the database has them now; None: it has ended."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(connection.session_key)
    user = auth.get_user(request)  # also checks that the password is still the same and the account open
    return user if isinstance(user, User) and user.pk == connection.user.pk else None
